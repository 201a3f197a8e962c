# A weekly line list with week of onset and week of report.
name = dengue-weekly-list
title = Weekly line list of dengue
disease = dengue
kind = cases
default_class = confirmed
match = onset_week; report_week
[columns]
onset = onset_week
report = report_week
sex = gender
[sex]
female = F | f | female | Femenino | Feminino | Mujer | Woman | Femme | Féminin | 女 | 女性 | hembra | FEMENINO
male = M | m | male | Masculino | Hombre | Man | Homme | Masculin | 男 | 男性 | varón | H | hombre
unknown = I | Ignorado | U | unknown | No identificado | desconocido | indeterminado | NR | 9 | X | inconnu
