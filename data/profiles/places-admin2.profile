# Municipalities with their codes, populations and coordinates.
name = places-admin2
title = Second-level units
kind = places
match = iso3; admin1_name | admin1; local_code | admin2_code | code; population
[columns]
country = iso3
admin1_name = admin1 | admin1_name
admin2_code = local_code | admin2_code | code
admin2_name = name | admin2_name | admin2
latitude = lat
longitude = lon
population = population
