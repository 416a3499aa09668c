# Seconds for metafor's answers to what run.py times, one line "name seconds" each.
# Usage: Rscript metafor.R events totals, both separated by commas.
suppressPackageStartupMessages(library(metafor))
numbers <- lapply(commandArgs(trailingOnly = TRUE), function(a) as.numeric(strsplit(a, ",")[[1]]))
x <- numbers[[1]]
n <- numbers[[2]]

best <- function(repeats, times, expression) {
  code <- substitute(expression)
  where <- parent.frame()
  eval(code, where)  # the first run loads and compiles
  seconds <- replicate(repeats, system.time(for (i in seq_len(times)) eval(code, where))[["elapsed"]])
  min(seconds) / times
}

fit <- function(method) rma(measure = "PFT", xi = x, ni = n, method = method)
timings <- c(
  gosh_FE = best(3, 1, gosh(fit("FE"), progbar = FALSE)),
  gosh_DL = best(3, 1, gosh(fit("DL"), progbar = FALSE)),
  reml = best(5, 50, fit("REML")),
  leave_one_out = best(3, 5, leave1out(fit("REML"))),
  influence = best(3, 5, influence(fit("REML"))),
  glmm = best(3, 2, suppressWarnings(rma.glmm(measure = "PLO", xi = x, ni = n, nAGQ = 21)))
)
cat(paste(names(timings), format(timings, digits = 6), collapse = "\n"), "\n", sep = "")
cat("version", as.character(packageVersion("metafor")), "\n")
