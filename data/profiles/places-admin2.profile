# Municipalities with their codes, populations and coordinates.
name = places-admin2
title = Second-level units
kind = places
match = iso3; admin1_name | admin1; local_code | admin2_code | code; population
# Brazil's codes of seven digits end in a check digit that many files leave out.
admin2_alias_digits = 6
[columns]
country = iso3
admin1_name = admin1 | admin1_name
admin2_code = local_code | admin2_code | code
admin2_name = name | admin2_name | admin2
latitude = lat
longitude = lon
population = population
