/*
 * What forms ask at a visit, and what is answered, in the words of five languages: a heading is about the temperature, about one symptom, about symptoms or about there being none; an
 * answer is a list of phrases ("fever, sore throat"), each a symptom, the word that there is none ("asymptomatic", "sin síntomas"), or one denied ("no fever", "nie fiebre", "无发热").
 */
#include "jobs/tracing/exchange.h"

#include <stdio.h>
#include <string.h>

#define PHRASE_BYTES 120

const char *const exchange_symptoms[EXCHANGE_SYMPTOM_COUNT] = {"fever", "cough", "breathless", "sore_throat", "headache", "muscle_pain", "vomiting", "diarrhoea", "rash", "bleeding", "other"};

/* Folded, within the name; short ones ("=") are all of it, as they are within other words. */
static const struct { int symptom; const char *names; } symptom_names[] = {
    {0, "fever|fiebre|febre|fievre|febril|pyrexia|发热|发烧|發熱|發燒|高烧|低烧"},
    {1, "cough|tosse|=tos|=toux|=toz|咳"},
    {2, "breath|dyspn|disnea|dispne|faltadeaire|faltadear|dificultadrespir|dificultadpararespir|dificuldaderespir|dificuldadepararespir|dificuldadedeespir|essouff|呼吸困难|呼吸困難|呼吸急促|气促|氣促|气短|氣短|气喘|氣喘|喘息|胸闷|胸悶"},
    {3, "sorethroat|dolordegarganta|dordegarganta|malagorge|mauxdegorge|咽痛|咽喉痛|喉咙痛|喉嚨痛|喉痛|嗓子痛|嗓子疼|咽部疼痛|咽干"},
    {4, "headache|cefale|dolordecabeza|dordecabeca|mauxdetete|maldetete|头痛|頭痛|头疼|頭疼"},
    {5, "musclepain|muscleache|muscularpain|myalgi|mialgi|dolormuscular|dormuscular|courbatur|肌痛|肌肉痛|肌肉疼|肌肉酸痛|肌肉痠痛|肌酸痛"},
    {6, "vomit|呕吐|嘔吐"},
    {7, "diarrh|diarre|腹泻|腹瀉|拉肚子"},
    {8, "rash|erupcion|erupcao|eruption|sarpullido|皮疹|出疹|疹子|红疹|紅疹"},
    {9, "bleed|haemorrhag|hemorrhag|hemorrag|hemorag|sangrado|sangramento|saignement|出血|流血"},
    {10, "othersymptom|othernonhemorrhagic|otrossintomas|outrossintomas|autressymptomes|其他症状|其它症状|其他症狀|其它症狀|=other|=其他|=其它"}};
static const char *const no_signs = "date|source|unit|comment|onset|fecha|inicio|debut|uuid|日期|时间|時間|来源|來源|单位|單位|备注|備註|=data|=datainicio";
static const char *const temperatures = "temperatur|体温|體溫";
/* Symptoms, whichever. */
static const char *const any_symptom = "symptom|sintoma|complaint|discomfort|malestar|molestia|queixa|plainte|症状|症狀|不适|不適|异常|異常";
/* Of which there is none where a visit brought nothing; by themselves no symptoms. */
static const char *const news = "novedad|novidade|alterac|problem|particular|anormal|abnormal|特殊";
/* Words that say by themselves that there is none. */
static const char *const well = "asymptom|asintom|assintom|symptomfree|symptomless|nosymptom|notsymptomatic|afebr|apyret|apyrex|apiret|apirex|eupn|healthy|saludable|saudavel|=normal|=ok|=well|=fine|=good|=sano|=sana|=bien|=bem|=bon|=bonne|"
                                "nothingtoreport|nothingtonote|nothingtodeclare|nothingabnormal|nothingnew|nadaque|nadaadeclarar|nadaareport|nadaarelatar|nadaaregist|nadaanormal|rienas|riende|"
                                "=sain|=saine|=none|=nothing|=nil|=nada|=ninguno|=ninguna|=nenhum|=nenhuma|=aucun|=aucune|=rien|=ras|正常|健康|良好|=无|=無|=没有|=沒有";
/* Of one who is well, among other words ("está bien", "feels well"). "Bien fatigué" is very tired: some say it at the end only. */
static const char *const well_words = "=well|=fine|=good|=ok|=normal|=bon|=bonne|=sano|=sana", *const well_at_the_end = "=bien|=bem";
static const char *const of_today = "=hoy|=hoje|=aujourd|=today|=ahora|=agora";
static const char *const hardly = "=less|=menos|=moins|=hardly|=barely|=nada|=mal|=poco|=pouco|=peu|=too";
/* Words that deny what stands beside them, alone among other words. */
static const char *const denials = "=no|=not|=non|=nao|=sin|=sem|=sans|=pas|=ne|=without|=none|=neither|=nor|=ni|=nem|=never|=negative|=negativo|=negativa|=negatif|=absent|=absence|=ausencia|=ausente|=ningun|=ninguna|=ninguno|"
                                   "=nenhum|=nenhuma|=aucun|=aucune|=free|=jamais|=nunca|=cannot|=didnt|=doesnt|=hasnt|=isnt|=didn|=doesn|=hasn|=isn|=arent|=aren|=wasnt|=wasn|=dont|=don";
/* Verbs whose denial goes on to the end of the list: "denies fever, cough". */
static const char *const denying_verbs = "=denies|=denied|=deny|=denying|=niega|=nega|=niegan|=negam|=nie|=nient|=refiereno";
/* Joins the last of a list to what was said of the first: "no fever, cough or rash". */
static const char *const joining = "=or|=nor|=o|=u|=ni|=ou|=nem";
/* Turns from what is not there to what is: "no fever but cough". */
static const char *const turns = "=but|=except|=pero|=salvo|=excepto|=mas|=exceto|=mais|=sauf";
static const char *const ands = "=and|=y|=e|=et";
static const char *const yeses = "=yes|=si|=sim|=oui";
static const char *const chinese_denials[] = {"没有", "沒有", "否认", "否認", "未见", "未見", "未出现", "未出現", "不伴有", "不伴", "无伴", "無伴", "无明显", "無明顯", "无", "無", "未", "没", "沒", "不"};
static const char *const unknown_words = "unknown|notknown|notasked|notavailable|=na|=nd|=nr|=ns|=uk|desconoc|desconhec|ignorad|inconnu|nosabe|naosabe|nonsaisi|nonrenseigne|sindato|semdado|sininformacion|seminformacao|dontknow|nosesabe|=nose|naosei|saitpas|未知|不详|不詳|不明|不清楚";

/* ------------------------------------------------------------------- words */

static bool names_it(const char *names, const char *folded)
{
    char name[40];
    for (const char *at = names; *at != '\0';) {
        size_t length = strcspn(at, "|");
        (void)snprintf(name, sizeof name, "%.*s", (int)length, at);
        if (name[0] == '=' ? strcmp(folded, name + 1) == 0 : strstr(folded, name) != NULL) {
            return true;
        }
        at += length + (at[length] == '|' ? 1 : 0);
    }
    return false;
}

/* Whether one of the names, whole words aside, stands at the beginning. */
static bool begins_with(const char *names, const char *folded)
{
    for (const char *at = names; *at != '\0';) {
        size_t length = strcspn(at, "|");
        if (*at != '=' && strncmp(folded, at, length) == 0) {
            return true;
        }
        at += length + (at[length] == '|' ? 1 : 0);
    }
    return false;
}

/* All that are named, as bits. */
static uint32_t symptoms_of(const char *folded)
{
    uint32_t symptoms = 0;
    for (size_t i = 0; i < sizeof symptom_names / sizeof *symptom_names; i++) {
        symptoms |= names_it(symptom_names[i].names, folded) ? UINT32_C(1) << symptom_names[i].symptom : 0;
    }
    return symptoms;
}

/* Chinese has no spaces: what a denial is of stands right behind it. */
static bool begins_with_symptom(const char *folded)
{
    bool begins = begins_with(any_symptom, folded) || begins_with(news, folded);
    for (size_t i = 0; !begins && i < sizeof symptom_names / sizeof *symptom_names; i++) {
        begins = begins_with(symptom_names[i].names, folded);
    }
    return begins;
}

static void fold(struct vg_text text, char out[PHRASE_BYTES])
{
    out[vg_text_fold(text, out, PHRASE_BYTES - 1)] = '\0';
}

/* ----------------------------------------------------------------- phrases */

/* What a phrase says: a symptom, that something else is the matter, or nothing: that all is well, a denial, or that it is not known. */
enum said { SAID_NOTHING, SAID_SYMPTOM, SAID_ILL };
struct phrase {
    enum said said;
    uint32_t symptoms; /* bits */
    bool denies;       /* it denies something */
    bool goes_on;      /* with a verb that denies all that follows */
    bool joined;       /* it ends a list with "or" and a symptom */
};

/* Where no word of denial is near. words: the symptoms that its words name by themselves. */
static void judge(const char *folded, uint32_t words, struct phrase *phrase)
{
    phrase->symptoms = names_it(well, folded) ? 0 : symptoms_of(folded) | words;
    phrase->said = folded[0] == '\0' || (folded[0] >= '0' && folded[0] <= '9') || names_it(well, folded) || names_it(unknown_words, folded) || names_it(yeses, folded) ? SAID_NOTHING
                   : phrase->symptoms != 0                                                                                                                              ? SAID_SYMPTOM
                                                                                                                                                                       : SAID_ILL;
}

/* Of what is denied: a symptom or any is not there; to be well, or something that is no symptom ("no taste", "not well"), is to be ill. */
static enum said denied(const char *rest, uint32_t words)
{
    bool is_well = names_it(well, rest) && !names_it("=none|=nothing|=nada|=ninguno|=ninguna|=nenhum|=nenhuma|=aucun|=aucune|=rien", rest);
    if (rest[0] == '\0' || (!is_well && (words != 0 || symptoms_of(rest) != 0 || names_it(any_symptom, rest) || names_it(news, rest) || names_it(unknown_words, rest) || names_it(well, rest)))) {
        return SAID_NOTHING;
    }
    return SAID_ILL;
}

/* Chinese has no spaces: a denial stands in front of what it denies. "无力", without strength, denies none. */
static bool chinese_denial(const char *folded, struct phrase *phrase)
{
    for (size_t i = 0; i < sizeof chinese_denials / sizeof *chinese_denials; i++) {
        size_t length = strlen(chinese_denials[i]);
        if (strncmp(folded, chinese_denials[i], length) == 0 && (symptoms_of(folded + length) != 0 || names_it(any_symptom, folded + length) || names_it(news, folded + length))) {
            *phrase = (struct phrase){.said = SAID_NOTHING, .denies = true, .goes_on = strncmp(folded, "否", 3) == 0};
            return true;
        }
    }
    return false;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* The word that begins there, folded; returns where it ends. */
static size_t next_word(struct vg_text text, size_t at, char word[PHRASE_BYTES])
{
    size_t end = at;
    while (end < text.size && is_letter(text.data[end])) {
        end++;
    }
    fold(vg_text_of(text.data + at, end - at), word);
    return end == at ? end + 1 : end;
}

/* "Fever (yes/no)" denies nothing. */
static bool offers_yes(struct vg_text text)
{
    char word[PHRASE_BYTES];
    bool offers = false;
    for (size_t at = 0; at < text.size;) {
        at = next_word(text, at, word);
        offers = offers || names_it(yeses, word);
    }
    return offers;
}

/* Where a Chinese denial stands behind something else: "有咳嗽无发热". What it denies is to its right. */
static size_t chinese_turn(struct vg_text text)
{
    char rest[PHRASE_BYTES];
    for (size_t at = 1; at < text.size; at++) {
        for (size_t i = 0; i < sizeof chinese_denials / sizeof *chinese_denials; i++) {
            size_t length = strlen(chinese_denials[i]);
            if (text.size - at < length || memcmp(text.data + at, chinese_denials[i], length) != 0) {
                continue;
            }
            fold(vg_text_of(text.data + at + length, text.size - at - length), rest);
            if (begins_with_symptom(rest)) {
                return at;
            }
        }
    }
    return text.size;
}

/* A symptom among the next words: "or sore throat", "o falta de aire", but not "cough for a week or so", "tosse o dia todo". */
static bool symptom_follows(struct vg_text text, size_t at)
{
    char word[PHRASE_BYTES], words[PHRASE_BYTES];
    size_t from = at;
    for (int n = 0; n < 3 && at < text.size;) {
        at = next_word(text, at, word);
        n += word[0] != '\0' ? 1 : 0;
        if (symptoms_of(word) != 0) {
            return true;
        }
    }
    fold(vg_text_of(text.data + from, (at < text.size ? at : text.size) - from), words);
    return symptoms_of(words) != 0;
}

static bool is_well_among_words(struct vg_text text)
{
    char word[PHRASE_BYTES];
    bool found = false, at_the_end = false;
    for (size_t at = 0; at < text.size;) {
        at = next_word(text, at, word);
        if (names_it(hardly, word)) {
            return false;
        }
        found = found || names_it(well_words, word);
        at_the_end = word[0] == '\0' || names_it(of_today, word) ? at_the_end : names_it(well_at_the_end, word);
    }
    return found || at_the_end;
}

/* Words before the first denial, and after the last. A denial at the end is of what stands before: "fever: no". */
static struct phrase read_phrase(struct vg_text text)
{
    struct phrase phrase = {.said = SAID_NOTHING};
    char whole[PHRASE_BYTES], word[PHRASE_BYTES], before[PHRASE_BYTES] = "", after[PHRASE_BYTES] = "";
    size_t cut = SIZE_MAX, resumed = text.size;
    uint32_t named_before = 0, named_after = 0; /* by a single word */
    fold(text, whole);
    if (names_it(unknown_words, whole) || chinese_denial(whole, &phrase)) {
        return phrase;
    }
    size_t turn = chinese_turn(text);
    if (turn < text.size) {
        phrase.denies = true;
        fold(vg_text_of(text.data, turn), whole);
        judge(whole, 0, &phrase);
        return phrase;
    }
    bool offered = offers_yes(text);
    for (size_t at = 0; at < text.size;) {
        size_t end = next_word(text, at, word);
        bool verb = names_it(denying_verbs, word);
        if (!offered && (verb || names_it(denials, word))) {
            phrase.denies = true;
            phrase.goes_on = phrase.goes_on || verb;
            named_before = cut == SIZE_MAX ? named_after : named_before;
            named_after = 0;
            cut = cut == SIZE_MAX ? at : cut;
            resumed = end;
        } else {
            named_after |= symptoms_of(word);
        }
        phrase.joined = phrase.joined || (names_it(joining, word) && symptom_follows(text, end));
        at = end;
    }
    if (!phrase.denies) {
        judge(whole, named_after, &phrase);
        phrase.said = phrase.said == SAID_ILL && is_well_among_words(text) ? SAID_NOTHING : phrase.said;
        return phrase;
    }
    resumed = resumed > text.size ? text.size : resumed;
    fold(vg_text_of(text.data, cut), before);
    fold(vg_text_of(text.data + resumed, text.size - resumed), after);
    phrase.said = after[0] == '\0' ? denied(before, named_before) : denied(after, named_after);
    if (after[0] != '\0' && (named_before != 0 || symptoms_of(before) != 0)) { /* "fever no cough"; but "does not have fever", "n'a pas de fièvre" */
        enum said rest = phrase.said;
        judge(before, named_before, &phrase);
        phrase.said = phrase.said == SAID_NOTHING ? rest : phrase.said;
    }
    return phrase;
}

/* How phrases are told apart. "And" and the Chinese "、" and "和" stand within an enumeration: what is denied before them is denied after them. */
enum gap { GAP_END, GAP_SIGN, GAP_LIST, GAP_TURN };

/* The Chinese "and", but in words as 温和 (mild). */
static bool is_chinese_and(struct vg_text cell, size_t at, size_t from)
{
    static const char *const before[] = {"温", "溫", "缓", "緩", "平", "暖"};
    bool is_and = at > from && cell.size - at >= 3 && memcmp(cell.data + at, "和", 3) == 0;
    for (size_t i = 0; is_and && at - from >= 3 && i < sizeof before / sizeof *before; i++) {
        is_and = memcmp(cell.data + at - 3, before[i], 3) != 0;
    }
    return is_and;
}

/* The phrase that begins there, and where the next one does. */
static struct vg_text next_phrase(struct vg_text cell, size_t *at, enum gap *gap)
{
    static const char *const wide[] = {"、", "，", "；", "。", "／"};
    char word[PHRASE_BYTES];
    size_t from = *at;
    for (size_t end = from; end < cell.size;) {
        struct vg_text phrase = vg_text_trim(vg_text_of(cell.data + from, end - from));
        for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
            if (cell.size - end >= 3 && memcmp(cell.data + end, wide[i], 3) == 0) {
                *gap = i == 0 ? GAP_LIST : GAP_SIGN;
                *at = end + 3;
                return phrase;
            }
        }
        if (is_chinese_and(cell, end, from)) {
            *gap = GAP_LIST;
            *at = end + 3;
            return phrase;
        }
        if (memchr(",;|/\n", cell.data[end], 5) != NULL) {
            *gap = GAP_SIGN;
            *at = end + 1;
            return phrase;
        }
        size_t stop = next_word(cell, end, word);
        bool is_and = names_it(ands, word) && phrase.size > 0 && (unsigned char)cell.data[end] < 0x80; /* "é" is none */
        if (names_it(turns, word) || is_and) {
            *gap = names_it(turns, word) ? GAP_TURN : GAP_LIST;
            *at = stop;
            return phrase;
        }
        end = (unsigned char)cell.data[end] >= 0x80 ? end + 1 : stop; /* the wide signs are within what looks like a word */
    }
    *gap = GAP_END;
    *at = cell.size;
    return vg_text_trim(vg_text_of(cell.data + from, cell.size - from));
}

/* Whether the list ends with an "or", and its first phrase denies: then it denies all of them. */
static bool denies_all(struct vg_text cell)
{
    enum gap gap = GAP_SIGN;
    size_t at = 0;
    struct phrase phrase = read_phrase(next_phrase(cell, &at, &gap));
    bool denies = phrase.denies;
    while (gap != GAP_END) {
        phrase = read_phrase(next_phrase(cell, &at, &gap));
    }
    return denies && phrase.joined;
}

void exchange_read_symptoms(struct vg_text cell, struct exchange_symptom_list *list)
{
    enum gap gap = GAP_SIGN;
    bool denying = denies_all(cell);
    *list = (struct exchange_symptom_list){0};
    for (size_t at = 0; at < cell.size;) {
        struct vg_text text = next_phrase(cell, &at, &gap);
        struct phrase phrase = read_phrase(text);
        bool there = text.size >= 3 && (memcmp(text.data, "有", 3) == 0 || memcmp(text.data, "伴", 3) == 0 || memcmp(text.data, "但", 3) == 0);
        if (!denying || there) {
            list->symptoms |= phrase.said == SAID_SYMPTOM ? phrase.symptoms : 0;
            if (phrase.said == SAID_ILL) {
                list->unknown = list->ill ? list->unknown : text;
                list->ill = true;
            }
        }
        denying = gap != GAP_TURN && ((denying && !there) || phrase.goes_on || (phrase.denies && gap == GAP_LIST));
    }
}

/* ---------------------------------------------------------------- headings */

/* The name at the end of a way: of "a.fever[0].value" that is "fever". */
static struct vg_text last_name(struct vg_text way)
{
    for (;;) {
        while (way.size > 0 && way.data[way.size - 1] == ']') {
            const char *bracket = memrchr(way.data, '[', way.size);
            way.size = bracket == NULL ? 0 : (size_t)(bracket - way.data);
        }
        const char *dot = way.size == 0 ? NULL : memrchr(way.data, '.', way.size);
        struct vg_text name = dot == NULL ? way : vg_text_of(dot + 1, way.size - (size_t)(dot + 1 - way.data));
        if (dot == NULL || !vg_text_fold_equal(name, vg_text_from("value"))) {
            return name;
        }
        way.size = (size_t)(dot - way.data);
    }
}

struct exchange_sign exchange_sign_of(struct vg_text heading)
{
    char folded[PHRASE_BYTES];
    struct vg_text name = last_name(heading);
    fold(name, folded);
    if (names_it(no_signs, folded)) {
        return (struct exchange_sign){ABOUT_NOTHING, -1};
    }
    if (names_it(temperatures, folded)) {
        return (struct exchange_sign){ABOUT_TEMPERATURE, -1};
    }
    struct phrase phrase = read_phrase(name);
    bool any = names_it(any_symptom, folded);
    if (phrase.denies || (any && names_it(well, folded))) {
        return (struct exchange_sign){any && phrase.symptoms == 0 ? ABOUT_NO_SYMPTOMS : ABOUT_NOTHING, -1};
    }
    return phrase.said == SAID_SYMPTOM ? (struct exchange_sign){ABOUT_SYMPTOM, __builtin_ctz(phrase.symptoms)} : (struct exchange_sign){any ? ABOUT_SYMPTOMS : ABOUT_NOTHING, -1};
}

/* ----------------------------------------------------------------- answers */

/* Go.Data's words carry their category in front. */
static bool ends_with(const char *folded, const char *end)
{
    size_t size = strlen(folded), length = strlen(end);
    return strncmp(folded, "lng", 3) == 0 && size > length && strcmp(folded + size - length, end) == 0;
}

enum vg_yes exchange_yes(struct vg_text cell)
{
    char folded[PHRASE_BYTES];
    fold(cell, folded);
    return ends_with(folded, "yes") || names_it("=yes|=true|=1|=si|=sim|=oui|=y|=x|=present|=presente|=是|=有", folded) ? VG_YES_YES
           : names_it("=no|=false|=0|=non|=nao|=n|=absent|=ausente|=none|=ninguno|=ninguna|=ningun|=nenhum|=nenhuma|=aucun|=aucune|=nada|=rien|=nil|=否|=无|=無|=没有|=沒有", folded) ? VG_YES_NO
                                                                                                                                                                           : VG_YES_UNKNOWN;
}

enum vg_yes exchange_result(struct vg_text cell)
{
    char folded[PHRASE_BYTES];
    fold(cell, folded);
    if (names_it("notpositiv|nopositiv|naopositiv|nonpositiv|paspositif|inconclus|indetermin|invalid|equivoc|pending|pendient|pendente|enattente|inprogress|notdone|nottested|rejected|unknown|falsepos|falsopos|fauxpos|falseneg|falsoneg|fauxneg|未知|待|无效|無效|不确定|不確定|可疑", folded)) {
        return VG_YES_UNKNOWN;
    }
    if (names_it("negativ|negatif|notdetect|undetect|nodetect|naodetect|nondetect|nonreact|notreact|noreact|naoreag|阴性|陰性|未检出|未檢出|=neg|=n", folded)) {
        return VG_YES_NO;
    }
    return names_it("positiv|positif|detect|reactiv|reagent|reactif|阳性|陽性|检出|檢出|=pos|=p", folded) ? VG_YES_YES : VG_YES_UNKNOWN;
}

const char *exchange_symptom_text(uint32_t symptoms, struct vg_arena *arena)
{
    const char *text = NULL;
    for (int i = 0; i < EXCHANGE_SYMPTOM_COUNT; i++) {
        if ((symptoms >> i & 1) != 0) {
            text = text == NULL ? exchange_symptoms[i] : vg_arena_format(arena, "%s,%s", text, exchange_symptoms[i]);
        }
    }
    return text;
}
