# Cuba: the list of diagnosed cases.
name = cu-covid19cubadata
title = Cuba: diagnosed cases
disease = covid19
country = CU
source = covid19cubadata
licence = CC0
kind = cases
default_class = confirmed
match = municipio; provincia; fecha_confirmacion | fecha; tipo_contagio | contagio
[columns]
id = id
sex = sexo
age = edad
admin1_name = provincia
admin2_name = municipio
diagnosis = fecha_confirmacion | fecha
admission = fecha_ingreso
category = tipo_contagio | contagio
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
