/*
 * Invented people: names by Zipf's law, errors one by one with the chances of registers typed by hand in a hurry.
 */
#include "jobs/tracing/invented.h"

#include <math.h>
#include <string.h>

static const char *const female[] = {"María", "Ana", "Luz", "Rosa", "Carmen", "Juana", "Martha", "Laura", "Gloria", "Sandra", "Paula", "Claudia", "Patricia", "Daniela", "Valentina", "Sofía", "Camila",
                                     "Andrea", "Natalia", "Carolina", "Lucía", "Elena", "Teresa", "Isabel", "Verónica", "Beatriz", "Fernanda", "Juliana", "Ximena", "Yolanda", "Cecilia", "Rocío",
                                     "Francisca", "Antônia", "Adriana", "Márcia", "Conceição", "Luiza", "Raquel", "Inês", "Noelia", "Itziar", "Guadalupe", "Esperanza", "Milagros"};
static const char *const male[] = {"José", "Juan", "Luis", "Carlos", "Jorge", "Pedro", "Miguel", "Manuel", "Francisco", "Antonio", "Andrés", "Diego", "David", "Daniel", "Santiago", "Sebastián",
                                   "Alejandro", "Fernando", "Ricardo", "Eduardo", "Roberto", "Javier", "Sergio", "Mario", "Óscar", "Héctor", "Gustavo", "Víctor", "Raúl", "Rubén", "João", "Paulo",
                                   "Thiago", "Luiz", "Gonçalo", "Joaquim", "Rodrigo", "Felipe", "Guilherme", "Vinícius", "Wilson", "Yeison", "Edgar", "Hugo", "Ignacio"};
static const char *const surnames[] = {
    "García", "Rodríguez", "González", "Hernández", "Martínez", "López", "Pérez", "Sánchez", "Ramírez", "Torres", "Flores", "Rivera", "Gómez", "Díaz", "Reyes", "Morales", "Cruz", "Ortiz",
    "Gutiérrez", "Chávez", "Ramos", "Ruiz", "Mendoza", "Vargas", "Castillo", "Jiménez", "Moreno", "Romero", "Herrera", "Medina", "Aguilar", "Quispe", "Mamani", "Huamán", "Rojas", "Castro",
    "Vásquez", "Silva", "Santos", "Oliveira", "Souza", "Lima", "Pereira", "Ferreira", "Costa", "Almeida", "Nascimento", "Araújo", "Ribeiro", "Carvalho", "Gonçalves", "Barbosa", "Rocha",
    "Cardozo", "Zapata", "Ospina", "Restrepo", "Valencia", "Cárdenas", "Salazar", "Guerrero", "Navarro", "Delgado", "Peña", "Ríos", "Vega", "Campos", "Fuentes", "Soto", "Acosta", "Molina",
    "Cabrera", "Suárez", "Ponce", "Contreras", "Paredes", "Choque", "Condori", "Apaza", "Zegarra", "Benavides", "Arango", "Echeverría", "Urrutia", "Zubizarreta", "Iturbe", "Lozano", "Mejía",
    "Montoya", "Bedoya", "Quintero", "Cuéllar", "Bustamante", "Villalobos", "Ibáñez", "Arroyo", "Salinas", "Miranda", "Calderón", "Villegas", "Yupanqui", "Tapia", "Figueroa", "Pacheco"};
static const struct { const char *character, *reading; } chinese_surnames[] = {{"王", "Wang"}, {"李", "Li"}, {"张", "Zhang"}, {"刘", "Liu"}, {"陈", "Chen"}, {"杨", "Yang"}, {"黄", "Huang"}, {"赵", "Zhao"},
                                                                              {"吴", "Wu"}, {"周", "Zhou"}, {"徐", "Xu"}, {"孙", "Sun"}, {"马", "Ma"}, {"朱", "Zhu"}, {"胡", "Hu"}, {"郭", "Guo"},
                                                                              {"何", "He"}, {"林", "Lin"}, {"高", "Gao"}, {"罗", "Luo"}, {"郑", "Zheng"}, {"梁", "Liang"}, {"谢", "Xie"}, {"宋", "Song"}};
static const struct { const char *character, *reading; } chinese_given[] = {{"伟", "wei"}, {"芳", "fang"}, {"娜", "na"}, {"敏", "min"}, {"静", "jing"}, {"丽", "li"}, {"强", "qiang"}, {"磊", "lei"},
                                                                            {"军", "jun"}, {"洋", "yang"}, {"勇", "yong"}, {"艳", "yan"}, {"杰", "jie"}, {"娟", "juan"}, {"涛", "tao"}, {"明", "ming"},
                                                                            {"超", "chao"}, {"秀", "xiu"}, {"霞", "xia"}, {"平", "ping"}, {"刚", "gang"}, {"桂", "gui"}, {"英", "ying"}, {"华", "hua"},
                                                                            {"玉", "yu"}, {"萍", "ping"}, {"红", "hong"}, {"宇", "yu"}, {"浩", "hao"}, {"晓", "xiao"}, {"小", "xiao"}, {"志", "zhi"},
                                                                            {"建", "jian"}, {"文", "wen"}, {"国", "guo"}, {"春", "chun"}, {"梅", "mei"}, {"思", "si"}, {"雨", "yu"}, {"欣", "xin"}};
#define COUNT(list) (sizeof list / sizeof *list)

static bool chance(struct vg_random *random, double p)
{
    return vg_random_uniform(random) < p;
}

/* Index by a law in which the first names are borne by many: n^(u), so that each doubling of the rank is as likely. */
static size_t ranked(struct vg_random *random, size_t n)
{
    size_t index = (size_t)(exp(vg_random_uniform(random) * log((double)n + 1)) - 1 + 3 * vg_random_uniform(random));
    return index < n ? index : vg_random_below(random, (uint32_t)n);
}

static void write_chinese(struct vg_random *random, struct invented *person)
{
    const char *first = chinese_given[person->chinese[1]].character, *second = person->chinese[2] < 0 ? "" : chinese_given[person->chinese[2]].character;
    const char *read_first = chinese_given[person->chinese[1]].reading, *read_second = person->chinese[2] < 0 ? "" : chinese_given[person->chinese[2]].reading;
    if (person->chinese[3] == 0) {
        (void)snprintf(person->family, sizeof person->family, "%s", chinese_surnames[person->chinese[0]].character);
        (void)snprintf(person->given, sizeof person->given, "%s%s", first, second);
        return;
    }
    (void)snprintf(person->family, sizeof person->family, "%s", chinese_surnames[person->chinese[0]].reading);
    (void)snprintf(person->given, sizeof person->given, "%s%s%s", read_first, read_second[0] != '\0' && chance(random, 0.3) ? " " : "", read_second);
    person->given[0] = (char)(person->given[0] - 32);
}

static void number(struct vg_random *random, char *out, size_t digits)
{
    for (size_t i = 0; i < digits; i++) {
        out[i] = (char)('0' + (i == 0 ? 1 + vg_random_below(random, 9) : vg_random_below(random, 10)));
    }
    out[digits] = '\0';
}

static void name_given(struct vg_random *random, struct invented *person)
{
    const char *const *list = person->sex == VG_SEX_FEMALE ? female : male;
    size_t n = person->sex == VG_SEX_FEMALE ? COUNT(female) : COUNT(male);
    size_t first = ranked(random, n), second = ranked(random, n);
    bool two = chance(random, 0.5) && first != second;
    (void)snprintf(person->given, sizeof person->given, "%s%s%s", list[first], two ? " " : "", two ? list[second] : "");
}

void invent_person(struct vg_random *random, const struct invented *former, struct invented *person)
{
    bool family = former != NULL && chance(random, 0.2);
    *person = (struct invented){.chinese = {-1, -1, -1, 0}};
    person->sex = chance(random, 0.5) ? VG_SEX_FEMALE : VG_SEX_MALE;
    person->birth = 18628 - (int32_t)(365.25 * 85 * (1 - sqrt(1 - 0.99 * vg_random_uniform(random))));
    person->place = family ? former->place : (int)ranked(random, INVENTED_PLACES);
    number(random, person->document, 8 + (chance(random, 0.4) ? 2 : 0));
    if (family) {
        (void)snprintf(person->telephone, sizeof person->telephone, "%s", former->telephone);
        person->birth = chance(random, 0.05) ? former->birth : person->birth;
    } else {
        number(random, person->telephone, 10);
    }
    if (family ? former->chinese[0] >= 0 : chance(random, 0.05)) {
        person->chinese[0] = family ? former->chinese[0] : (int)ranked(random, COUNT(chinese_surnames));
        person->chinese[1] = (int)vg_random_below(random, COUNT(chinese_given));
        person->chinese[2] = chance(random, 0.75) ? (int)vg_random_below(random, COUNT(chinese_given)) : -1;
        person->chinese[3] = chance(random, 0.5);
        write_chinese(random, person);
    } else {
        name_given(random, person);
        if (family) {
            (void)snprintf(person->family, sizeof person->family, "%s", former->family);
        } else {
            (void)snprintf(person->family, sizeof person->family, "%s %s", surnames[ranked(random, COUNT(surnames))], surnames[ranked(random, COUNT(surnames))]);
        }
    }
    int year, month, day;
    vg_date_to_civil(person->birth, &year, &month, &day);
    person->birth_year = year;
}

/* ----------------------------------------------------------- written again */

/* One letter changed, left out, doubled or swapped with the next. Only among plain letters, so that the text stays UTF-8. */
static void mistype(struct vg_random *random, char *text, size_t room)
{
    size_t length = strlen(text);
    for (int time = 0; time < 20 && length >= 4; time++) {
        size_t at = 1 + vg_random_below(random, (uint32_t)length - 2);
        bool plain = text[at] >= '0' && text[at] <= 'z' && text[at + 1] >= '0' && text[at + 1] <= 'z';
        if (!plain || text[at] == text[at + 1]) {
            continue;
        }
        char kept = text[at];
        switch (vg_random_below(random, 4)) {
        case 0:
            text[at] = kept <= '9' ? (char)('0' + (kept - '0' + 1 + (int)vg_random_below(random, 8)) % 10) : (char)('a' + vg_random_below(random, 26));
            return;
        case 1:
            memmove(text + at, text + at + 1, length - at);
            return;
        case 2:
            if (length + 2 < room) {
                memmove(text + at + 1, text + at, length - at + 1);
            }
            return;
        default:
            text[at] = text[at + 1];
            text[at + 1] = kept;
            return;
        }
    }
}

/* á to a: the second byte tells which letter. */
static void drop_accents(char *text)
{
    static const char *const accents = "ÁAÉEÍIÓOÚUáaéeíióoúuñnãaâaêeôoçcõoÓO";
    char *out = text;
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c == 0xC3) {
            const char *found = accents;
            while (*found != '\0' && !(found[0] == c[0] && found[1] == c[1])) {
                found += 3;
            }
            *out++ = *found == '\0' ? '?' : found[2];
            c++;
        } else {
            *out++ = *c;
        }
    }
    *out = '\0';
}

static void drop_last_word(char *text)
{
    char *blank = strrchr(text, ' ');
    if (blank != NULL) {
        *blank = '\0';
    }
}

static void respell(struct vg_random *random, char *text)
{
    static const char pairs[][2] = {{'z', 's'}, {'s', 'z'}, {'v', 'b'}, {'i', 'y'}, {'c', 's'}};
    size_t which = vg_random_below(random, 5);
    char *found = strchr(text + 1, pairs[which][0]);
    if (found != NULL) {
        *found = pairs[which][1];
    }
}

static void rewrite_name(struct vg_random *random, struct invented *again)
{
    if (again->chinese[0] >= 0) {
        again->chinese[3] = chance(random, 0.5);
        write_chinese(random, again);
    } else {
        char *texts[2] = {again->given, again->family};
        for (int i = 0; i < 2; i++) {
            if (chance(random, 0.5)) {
                drop_accents(texts[i]);
            }
            if (chance(random, 0.25)) {
                drop_last_word(texts[i]);
            }
            if (chance(random, 0.1)) {
                respell(random, texts[i]);
            }
            if (chance(random, 0.15)) {
                mistype(random, texts[i], INVENTED_TEXT_BYTES);
            }
        }
    }
    if (chance(random, 0.05)) {
        char kept[INVENTED_TEXT_BYTES];
        memcpy(kept, again->given, sizeof kept);
        memcpy(again->given, again->family, sizeof kept);
        memcpy(again->family, kept, sizeof kept);
    }
}

static void rewrite_birth(struct vg_random *random, struct invented *again)
{
    int year, month, day;
    double u = vg_random_uniform(random);
    vg_date_to_civil(again->birth, &year, &month, &day);
    if (u < 0.1) { /* an age was written down */
        again->birth = VG_DATE_NONE;
        again->birth_year += (int64_t)vg_random_below(random, 2);
    } else if (u < 0.17 && day <= 12) {
        again->birth = vg_date_from_civil(year, day, month);
    } else if (u < 0.21) {
        int32_t other = vg_date_from_civil(year, month, day <= 18 ? day + 10 : day - 10);
        again->birth = other == VG_DATE_NONE ? again->birth : other;
    }
}

void invent_again(struct vg_random *random, const struct invented *person, struct invented *again)
{
    *again = *person;
    rewrite_name(random, again);
    rewrite_birth(random, again);
    if (chance(random, 0.3)) {
        again->document[0] = '\0';
    } else if (chance(random, 0.07)) {
        mistype(random, again->document, sizeof again->document);
    }
    if (chance(random, 0.3)) {
        number(random, again->telephone, 10);
    }
    if (chance(random, 0.15)) {
        again->place = (int)ranked(random, INVENTED_PLACES);
    }
}

void invented_identity(const struct invented *person, struct vg_identity *identity)
{
    *identity = (struct vg_identity){.birth = person->birth};
    identity->texts[VG_IDENTITY_GIVEN] = person->given;
    identity->texts[VG_IDENTITY_FAMILY] = person->family;
    identity->texts[VG_IDENTITY_DOCUMENT] = person->document[0] == '\0' ? NULL : person->document;
    identity->texts[VG_IDENTITY_TELEPHONE] = person->telephone;
}
