# Peru, MINSA: deaths.
name = pe-minsa-deaths
title = Peru: deaths (MINSA)
disease = covid19
country = PE
source = Ministerio de Salud del Perú, datos abiertos
kind = cases
snapshot = yes
default_class = confirmed
match = FECHA_FALLECIMIENTO; DEPARTAMENTO; EDAD_DECLARADA
[columns]
id = UUID
death = FECHA_FALLECIMIENTO
admin1_name = DEPARTAMENTO
admin2_name = PROVINCIA
age = EDAD_DECLARADA
sex = SEXO
birth_date = FECHA_NAC
published = FECHA_CORTE
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
