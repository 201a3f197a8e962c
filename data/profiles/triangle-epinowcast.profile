# A reporting triangle as epinowcast keeps it: cumulative counts by reference and report date.
name = triangle-epinowcast
title = Reporting triangle (epinowcast)
kind = counts
cumulative = yes
default_measure = cases_onset
match = reference_date; report_date; confirm
[columns]
place_code = location
age_group = age_group
date = reference_date
report_date = report_date
value = confirm
