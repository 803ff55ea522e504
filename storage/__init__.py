"""What INTERN remembers: core models in, core models out, SQL in between."""
