import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import polygamma, psi

from core.signals.gamma import log_bias, trigamma


@given(st.floats(1.0, 1e9))
def test_the_polynomials_agree_with_scipy(a):
    y = 1.0 / np.array([a])
    assert abs(log_bias(y)[0] - (psi(a) - np.log(a))) < 1e-6
    assert abs(trigamma(y)[0] - polygamma(1, a)) < 1e-6
