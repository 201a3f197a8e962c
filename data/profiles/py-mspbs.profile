# Paraguay: the open list of confirmed cases.
name = py-mspbs
title = Paraguay: confirmed cases
disease = covid19
country = PY
kind = cases
date_order = dmy
default_class = confirmed
match = Fecha Confirmacion; Departamento Residencia; Distrito Residencia
[columns]
id = ID
diagnosis = Fecha Confirmacion
sex = Sexo
age = Edad
admin1_name = Departamento Residencia
admin2_name = Distrito Residencia
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
