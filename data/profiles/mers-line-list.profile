# Line lists as outbreak packages keep them: dt_onset, dt_report.
name = mers-line-list
title = Outbreak line list
disease = mers
kind = cases
default_class = confirmed
match = id; dt_onset; dt_report
[columns]
id = id
age = age
sex = sex
onset = dt_onset
report = dt_report
diagnosis = dt_diag
death = dt_death
outcome = outcome
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
