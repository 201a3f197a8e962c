# Argentina, SNVS: the open line list; it holds discarded cases too, which are kept and not counted.
name = ar-snvs
title = Argentina: SNVS line list
disease = covid19
country = AR
source = Ministerio de Salud, SNVS
kind = cases
snapshot = yes
match = id_evento_caso; fecha_apertura; clasificacion_resumen
admin1_digits = 2
admin2_digits = 3
[columns]
id = id_evento_caso
sex = sexo
age = edad
age_unit = edad_años_meses
admin1_code = residencia_provincia_id
admin1_name = residencia_provincia_nombre
admin2_name = residencia_departamento_nombre
onset = fecha_inicio_sintomas
notification = fecha_apertura
admission = fecha_internacion
icu = fecha_cui_intensivo
death = fecha_fallecimiento
diagnosis = fecha_diagnostico
class = clasificacion_resumen
published = ultima_actualizacion
[missing]
NA
N/A
n/a
null
NULL
undefined
-   -
-
9999-99-99
NaN
nan
SIN ESPECIFICAR
S/D
[sex]
female = F | f | female | Femenino | Feminino | Mujer | Woman | Femme | Féminin | 女 | 女性 | hembra | FEMENINO
male = M | m | male | Masculino | Hombre | Man | Homme | Masculin | 男 | 男性 | varón | H | hombre
unknown = I | Ignorado | U | unknown | No identificado | desconocido | indeterminado | NR | 9 | X | inconnu
[age_unit]
years = a | ano | anos | año | años | years | year | ans | an | 岁 | y
months = mes | meses | months | month | mois | 月 | m
days = día | días | dia | dias | days | day | jours | jour | 天 | d
[class]
confirmed = Confirmado | confirmed | Confirmada | Positivo | positive | confirmé | 确诊 | Caso confirmado | covid19
suspected = Sospechoso | suspected | Suspeito | suspect | 疑似 | under investigation | under_investigation
probable = Probable | Provável
discarded = Descartado | discarded | Negativo | negative | Caso descartado | No conclusivo
