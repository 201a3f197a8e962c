# Hospital census of an exercise: one hospital a municipality.
name = vigia-exercise-census
title = Exercise: hospitals
kind = counts
nature = simulated
match = disease; date; place_code; ward_patients; icu_patients; ward_beds; icu_beds; waiting; release_day
[columns]
disease = disease
date = date
place_code = place_code
measure:ward_patients = ward_patients
measure:icu_patients = icu_patients
measure:ward_beds = ward_beds
measure:icu_beds = icu_beds
