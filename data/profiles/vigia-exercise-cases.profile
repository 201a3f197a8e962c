# The line list of an exercise, as released on a day.
name = vigia-exercise-cases
title = Exercise: line list
kind = cases
nature = simulated
snapshot = yes
default_class = confirmed
match = disease; case_id; municipality; onset; test_day; first_report_day; first_release_day; outcome_date
[columns]
disease = disease
id = case_id
place_code = municipality
sex = sex
age = age
onset = onset
sample = test_day
notification = first_report_day
report = first_release_day
admission = admission
icu = icu
outcome = outcome
outcome_date = outcome_date
ignored = status
[sex]
female = female
male = male
[outcome]
died = died
recovered = recovered
alive = alive
