# Processor seconds for R's answers to what survival.py times, one line "name seconds" each.
# Usage: Rscript survival.R patients.csv, with columns time, event, group and age.
suppressPackageStartupMessages(library(survival))
patients <- read.csv(commandArgs(trailingOnly = TRUE)[1])

best <- function(expression) {
  code <- substitute(expression)
  where <- parent.frame()
  eval(code, where)  # the first run loads and compiles
  min(replicate(5, sum(system.time(eval(code, where))[c("user.self", "sys.self")])))
}

fit <- coxph(Surv(time, event) ~ group + age, patients)
timings <- c(
  cox = best(coxph(Surv(time, event) ~ group + age, patients)),
  ph_test = best(cox.zph(fit)),
  logrank = best(survdiff(Surv(time, event) ~ group, patients)),
  odds_ratio = best(fisher.test(matrix(c(5000, 5000, 4000, 6000), 2)))
)
cat(paste(names(timings), format(timings, digits = 6, trim = TRUE), collapse = "\n"), "\n", sep = "")
cat("version", as.character(packageVersion("survival")), "\n")
