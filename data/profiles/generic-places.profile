# Guesses for a list of places without a profile. What it guesses is shown before it is used.
name = generic-places
title = Places with guessed columns
kind = places
generic = yes
match = code | place_code | codigo | código | ubigeo | divipola | ibge | dane | 代码 | 编码; name | place_name | nombre | nome | nom | município | municipio | distrito | district | 名称 | 地名; population | población | poblacion | população | habitantes | habitants | 人口 | parent | parent_code | pertenece_a | pertence_a | 上级 | 上级代码 | level | nivel | nível | niveau | 级别
[columns]
place_code = place_code | code | codigo | código | ubigeo | divipola | ibge | dane | 代码 | 编码
place_name = place_name | name | nombre | nome | nom | município | municipio | distrito | district | 名称 | 地名
parent = parent | parent_code | pertenece_a | pertence_a | 上级 | 上级代码
level = level | nivel | nível | niveau | 级别
population = population | población | poblacion | população | habitantes | habitants | 人口
latitude = latitude | lat | latitud | 纬度
longitude = longitude | lon | lng | long | longitud | 经度
