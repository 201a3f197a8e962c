# First-level units with population and coordinates.
name = places-admin1
title = First-level units
kind = places
match = iso3; admin1_code | hasc; name; lat; lon; population
[columns]
country = iso3
admin1_code = admin1_code
admin1_name = name
latitude = lat
longitude = lon
population = population
