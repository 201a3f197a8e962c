# Hospital census of the simulated example.
name = vigia-example-census
title = Simulated hospital census of Vallemar
kind = counts
disease = example
country = XV
match = date; place_code; ward_patients; icu_patients; ward_beds; icu_beds
[columns]
date = date
place_code = place_code
place_name = place
measure:ward_patients = ward_patients
measure:icu_patients = icu_patients
measure:ward_beds = ward_beds
measure:icu_beds = icu_beds
measure:admissions_report = admissions
