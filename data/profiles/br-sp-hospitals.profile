# São Paulo state: hospital census by health region.
name = br-sp-hospitals
title = São Paulo: hospitals by health region
disease = covid19
country = BR
source = Fundação SEADE
kind = counts
match = date; region; icu_patients; icu_beds; ward_patients; ward_beds
[columns]
date = date
admin1_name = region
measure:icu_patients = icu_patients
measure:icu_beds = icu_beds
measure:ward_patients = ward_patients
measure:ward_beds = ward_beds
measure:admissions_report = admissions
