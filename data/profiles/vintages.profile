# Values as first published and each later change: as_of, date, location, value.
name = vintages
title = Vintages of weekly values
kind = counts
cumulative = yes
country = US
step_days = 7
week_ends = yes
default_measure = admissions_report
match = as_of; date; location; value
[columns]
date = date
report_date = as_of
place_code = location
value = value
