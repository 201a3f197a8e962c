# Mexico, Dirección General de Epidemiología: the open COVID-19 line list, a full snapshot a day.
name = mx-dge
title = Mexico: DGE line list
disease = covid19
country = MX
source = Secretaría de Salud, Dirección General de Epidemiología
kind = cases
snapshot = yes
match = ID_REGISTRO; FECHA_SINTOMAS; FECHA_INGRESO; ENTIDAD_RES
admin1_digits = 2
admin2_digits = 3
[columns]
id = ID_REGISTRO
onset = FECHA_SINTOMAS
notification = FECHA_INGRESO
published = FECHA_ACTUALIZACION
death = FECHA_DEF
sex = SEXO
age = EDAD
admin1_code = ENTIDAD_RES
class = CLASIFICACION_FINAL | CLASIFICACION_FINAL_COVID | RESULTADO
[missing]
9999-99-99
97
98
99
[sex]
female = 1
male = 2
[class]
confirmed = 1 | 2 | 3
discarded = 4 | 5 | 7
suspected = 6
