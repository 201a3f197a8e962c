# The line list of the simulated example, as its invented ministry publishes it.
name = vigia-example-cases
title = Simulated line list of Vallemar
kind = cases
disease = example
country = XV
snapshot = yes
default_class = confirmed
match = id_caso; codigo_municipio; fecha_inicio_sintomas; fecha_reporte; gravedad
admin1_digits = 2
admin2_digits = 4
admin1_prefix = 2
[columns]
id = id_caso
admin1_code = codigo_provincia
admin1_name = provincia
admin2_code = codigo_municipio
admin2_name = municipio
sex = sexo
age = edad
onset = fecha_inicio_sintomas
notification = fecha_notificacion
report = fecha_reporte
severity = gravedad
admission = fecha_hospitalizacion
icu = fecha_uci
outcome = estado
recovery = fecha_recuperacion
death = fecha_muerte
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
[outcome]
died = Fallecido | died | death | Óbito | dead | Muerto | Deceased | décédé | 死亡 | Fallecida | true | SI
recovered = Recuperado | recovered | Cura | Alta | guéri | 治愈 | recovery | Curado
alive = Vivo | alive | Casa | Hospital | Hospital UCI | Activo | Alive | Leve | En tratamiento
unknown = N/A | NA | Ignorado
died_other = Fallecido por otra causa
[severity]
asymptomatic = Asintomático | asymptomatic | Assintomático | asymptomatique | 无症状
mild = Leve | mild | léger | 轻症
moderate = Moderado | moderate | modéré
severe = Grave | severe | sévère | 重症
critical = Crítico | critical | critique | 危重
