# The list of places of an exercise.
name = vigia-exercise-places
title = Exercise: places
kind = places
match = code; name; parent; level; population; latitude; release_day
[columns]
place_code = code
place_name = name
parent = parent
level = level
population = population
latitude = latitude
longitude = longitude
