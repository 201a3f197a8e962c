# WHO: daily or weekly counts by country. A blank is not a zero.
name = who-daily
title = WHO: cases and deaths by country
disease = covid19
source = World Health Organization
kind = counts
match = Date_reported; Country_code; New_cases; Cumulative_cases
[columns]
date = Date_reported
country = Country_code
measure:cases_report = New_cases
measure:deaths_report = New_deaths
ignored = Cumulative_cases | Cumulative_deaths
