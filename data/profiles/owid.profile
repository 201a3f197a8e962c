# Our World in Data: the compact table, in its old and new names.
name = owid
title = OWID: COVID-19 by country
disease = covid19
source = Our World in Data
licence = CC BY 4.0
kind = counts
match = iso_code | code; date; new_cases; new_deaths
[columns]
date = date
country = iso_code | code
measure:cases_report = new_cases
measure:deaths_report = new_deaths
measure:icu_patients = icu_patients
measure:tests_report = new_tests
