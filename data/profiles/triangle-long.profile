# A reporting triangle in long form: what each publication changed.
name = triangle-long
title = Reporting triangle, long form
kind = counts
match = event_date | reference_date; report_date; increment
[columns]
measure = measure
place_code = iso3166_2 | place | location
date = event_date | reference_date
report_date = report_date
value = increment
age_group = age_group
