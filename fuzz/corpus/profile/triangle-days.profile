# A reporting triangle with one column a delay in days: d0, d1, ...
name = triangle-days
title = Reporting triangle, delays in days
kind = counts
delays = d#
delay_measure = hospitalisations_positive_test
match = d0; d1; d2; reference_date | date
[columns]
place_code = location
age_group = age_group
date = reference_date | date
