# Italy: hospital occupancy and new cases by region.
name = it-regions
title = Italy: regions
disease = covid19
country = IT
source = Protezione Civile
licence = CC BY 4.0
kind = counts
match = date; region_code; region; ward_beds_occupied; icu_beds_occupied
[columns]
date = date
admin1_name = region
measure:ward_patients = ward_beds_occupied
measure:icu_patients = icu_beds_occupied
measure:icu_admissions_report = icu_admissions
measure:cases_report = new_cases
ignored = region_code | cum_deaths | cum_tests
