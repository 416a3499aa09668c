"""Words for the options of a Recipe: labels, and parts of a Methods sentence."""

from __future__ import annotations

SCALE_LABEL = {
    "raw": "raw",
    "log": "log",
    "logit": "logit",
    "arcsine": "arcsine",
    "double_arcsine": "Freeman–Tukey",
    "identity": "as given",
}
SCALE = {
    "raw": "as untransformed proportions",
    "log": "on the log scale",
    "logit": "on the logit scale",
    "arcsine": "on the arcsine square-root scale",
    "double_arcsine": "on the Freeman–Tukey double-arcsine scale",
    "identity": "on the scale on which they were given",
}
BACK = {
    "raw": "",
    "log": "back-transformed by exponentiation",
    "logit": "back-transformed by the inverse logit",
    "arcsine": "back-transformed by the squared sine",
    "double_arcsine": "back-transformed with {n} (Miller 1978)",
    "identity": "",
}
BACK_N = {
    "harmonic": "the harmonic mean of the study sizes",
    "geometric": "the geometric mean of the study sizes",
    "arithmetic": "the arithmetic mean of the study sizes",
    "inverse-variance": "the study size that the variance of the pooled value stands for",
}
METHOD = {
    "DL": "DerSimonian–Laird",
    "PM": "Paule–Mandel",
    "REML": "restricted maximum-likelihood (REML)",
    "ML": "maximum-likelihood",
    "SJ": "Sidik–Jonkman",
    "HE": "Hedges",
    "HS": "Hunter–Schmidt",
    "EB": "empirical Bayes",
}
CI_LABEL = {
    "wald": "Wald",
    "t": "t",
    "hartung-knapp": "Hartung–Knapp",
    "hartung-knapp-adhoc": "ad hoc Hartung–Knapp",
    "profile": "profile likelihood",
}
CI = {
    "wald": "Wald (normal)",
    "t": "based on the t distribution with k − 1 degrees of freedom",
    "hartung-knapp": "Hartung–Knapp",
    "hartung-knapp-adhoc": "Hartung–Knapp with the ad hoc rule (never a smaller standard error)",
    "profile": "based on the profile likelihood",
}
PREDICTION = {
    "z": "the normal distribution",
    "t-k-1": "the t distribution with k − 1 degrees of freedom",
    "t-k-2": "the t distribution with k − 2 degrees of freedom",
    "simple": "the normal distribution, ignoring the uncertainty of the pooled value",
    "interval": "the critical value of the confidence interval",
}
ZEROS = {
    "adjust-extreme": "1/2 event and 1 patient were added to studies at 0% or 100% only",
    "variance-only": (
        "studies at 0% or 100% kept their proportion, with a variance computed after adding "
        "1/2 event and 1 patient"
    ),
    "drop": "studies at 0% or 100% were left out",
    "none": "no continuity correction was made",
}
ZEROS_LABEL = {
    "adjust-extreme": "",
    "variance-only": "variance-only correction",
    "drop": "extremes dropped",
    "none": "no correction",
}
