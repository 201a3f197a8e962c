# The list of places that the example outbreak brings.
name = vigia-example-places
title = Places of the simulated example
kind = places
match = code; name; parent; level; population; latitude
[columns]
place_code = code
place_name = name
parent = parent
level = level
population = population
latitude = latitude
longitude = longitude
