"""`make eval [DATA=<folder>]`: quality on real data; a folder of the same layout can stand in."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot import logs
from tests.eval import (
    attack,
    bursts,
    calibration,
    chats,
    clusters,
    coordination,
    copies,
    engagement,
    faults,
    lies,
    lossy,
    nab,
    profiles,
    ranking,
    scam,
    sentiment,
    simworld,
    stream,
)
from tests.report import DATA, publish

SEED = 11
ON_DATA = (nab, bursts, ranking, calibration, lossy, clusters, copies, sentiment, scam, engagement, stream)
GOALS = {
    "nab_standard": "floor 78, goal 84 · one threshold for the series of the folder",
    "nab_loo": "floor 70, goal 76 · threshold from the other series",
    "burst_recall_full": "of the labelled bursts, at ≤ .5 false alerts per narrative-week; all posts seen",
    "burst_recall_k50": "floor .70, goal .80 · hourly polls of the newest K posts",
    "burst_recall_k10": "floor .37, goal .55",
    "burst_recall_tenth_k10": "floor .70, goal .80 · at a tenth of the volume",
    "alert_continuation": "floor .60, goal .70 · twice the usual in the next 3 h, at K = 50",
    "alert_base_rate": "the same over all hours",
    "rank_ap_ratio": "floor 2, goal 4 · over the field's hype formula",
    "lossy_spearman": "floor .9, goal .95 · 30 % of a day's polls lost, top 20 of the day's list",
    "lossy_spearman_now": "the same of the ranking by the last hours",
    "ece": "floor ≤ .10, goal ≤ .05 · K = 5, 10, 20, 50 pooled",
    "interval80": "floor .75–.88, goal .78–.84",
    "sentiment_f1": "floor .50, goal .58 · macro, thresholds from train",
    "sentiment_f1_vader": "the general lexicon alone, same rule",
    "sentiment_corr50": "floor .90, goal .95 · windows of 50 posts of the same file",
    "scam_auroc": "floor .90, goal .95 · whole posts",
    "scam_auroc_excerpt": "their first 200 characters, as the product sees them",
    "junk_precision": "of what is sorted out, labelled scam",
    "junk_recall": "of what is labelled scam, sorted out",
    "sentiment_corr50_stocks": "the same on posts about stocks",
    "engagement_bias": "0 ± .01 nats per hour · growth of posts' likes beyond what their age explains",
    "engagement_bias_unaged": "the same without looking at their age",
    "engagement_persistence": "rank correlation with the next stretch's",
    "sim_onset_recall": "floor .9, goal .97 · of what began in a simulated world, polls without a price",
    "sim_delay_polls": "floor ≤ 2, goal ≤ 1 · median, since enough could be found",
    "sim_false_per_day": "floor ≤ 2, goal ≤ .5 · alerts about no planted story",
    "sim_identity": "floor .95, goal .99 · B-cubed F1 of surviving ids against stories",
    "sim_split_merge_f1": "floor .7, goal .85",
    "alert_recall": "of what 50 chats of different habits wanted to hear in 30 simulated days",
    "alert_precision": "about a planted story in its loud time; bought pumps and old stories are wrong",
    "alert_precision_ratio": "≥ 2 · over the better of two simple bots that find as much on the same answers",
    "alert_precision_rules": "with what the chats' own rules ask for",
    "alerts_per_chat_day": "their own rules among them",
    "alerts_over_budget": "0",
    "alert_delay_p50_min": "since the poll at which enough could be found",
    "alert_delay_p95_min": "the same, of the slowest twentieth",
    "alert_hits": "twice the usual in the next 3 h, by the track record's rule",
    "alert_graded": "of what was told: seen enough to say",
    "alert_precision_naive": "a bot that counts posts of the last hour, at its best threshold",
    "alert_recall_naive": "at that threshold",
    "alert_precision_change": "a bot that compares with the days before in per cent, at its best",
    "alert_recall_change": "at that threshold",
    "coordination_pumps_high_full": "of the bought pumps of simulated worlds, all posts seen",
    "coordination_pumps_medium_k10": "through the ten newest posts an hour",
    "coordination_honest_medium_full": "0 · of all other planted stories",
    "coordination_honest_medium_k10": "0",
    "attack_accounts_plain": "accounts that buy an alert with the same words; 200: not with so many",
    "attack_accounts_varied": "with words of their own, all at once",
    "attack_accounts_spread": "over hours",
    "attack_accounts_mixed": "half of them with a post accepted a week before",
    "attack_accounts_aged": "all of them",
    "honest_delay_polls_known80": "what the defence costs a real story, 80 % of its authors known for a week",
    "honest_delay_polls_known0": "none of them known",
    "honest_lost_known0": "0 · told only without the defence",
    "profile_onset_recall": "of stories planted in the simulated world, at the default settings' price",
    "profile_delay_h": "median from a story's first post to its alert",
    "profile_false_per_day": "alerts about no planted story",
    "cluster_nmi": "floor .89, goal .92 · labelled short texts, one pass, order as given",
    "stream_entries": "floor 80 %, goal 95 % of those printed above are one real story of the day: read them",
    "neardup_precision": "floor .99, goal .99 · pairs of retold or equal posts among those found",
    "neardup_recall": "floor .90, goal .95 · pairs of retold posts that were found",
    "usd_day_frugal": "≈ 2",
    "usd_day_standard": "≈ 8",
    "usd_day_intense": "≈ 20",
    "grok_faulty_share": "≈ .30 of the calls met a fault of some kind",
    "grok_crashes": "0",
    "grok_posts_lost": "0 · of those a good answer carried",
    "grok_posts_invented": "0 · stored without a search that returned them, or outside their window",
    "ledger_error_usd": "0 · settled against billed, wherever a bill arrived",
    "ledger_cut_off_usd": "booked for calls that were cut off: what was reserved",
    "grok_calls_cut_off_unbooked": "0",
    "grok_calls_unbooked": "0",
    "lies_accepted": "0",
    "truth_kept": "≥ .99 · true claims of grounded answers",
}


def main() -> None:
    logs.configure(level="critical")
    parser = argparse.ArgumentParser(prog="python -m tests.eval")
    parser.add_argument("--data", type=Path, default=DATA, help="folder laid out like the evaluation data")
    data = parser.parse_args().data
    runs = profiles.Runs()
    found: dict[str, float] = {}
    for part in ON_DATA:
        found |= part.figures(data)
    found |= simworld.figures() | chats.figures() | attack.figures() | coordination.figures()
    publish("eval", found | runs.figures() | faults.figures(SEED) | lies.figures(SEED), GOALS)


if __name__ == "__main__":
    main()
