/*
 * Vallemar, the invented country of the example: its places, the contacts between them, the course of Rt that its
 * measures make, and the ages of its people. Names are made up in the spirit of the region; no place of that name and
 * position exists. Contacts between places follow a symmetric gravity law, so that what a person passes on is conserved.
 */
#include "control/example_internal.h"

#include <math.h>

struct seat {
    const char *code, *name;
    double population, latitude, longitude;
};

static const struct seat province_seats[VG_EXAMPLE_PROVINCES] = {
    {"01", "Costa Quirama", 0, -38.0, -103.0},   {"02", "Valle de Yurapé", 0, -38.6, -100.9},
    {"03", "Sierra Tolumbá", 0, -37.1, -99.2},   {"04", "Llanos de Maracuí", 0, -40.2, -99.4},
    {"05", "Altiplano Ichuma", 0, -38.5, -97.2}, {"06", "Islas del Trébol", 0, -41.2, -103.6},
};

static const struct seat municipality_seats[VG_EXAMPLE_MUNICIPALITIES] = {
    {"0101", "Puerto Lirio", 1240000, -38.0, -103.1},
    {"0102", "Villa Arrayán", 310000, -37.8, -102.8},
    {"0103", "San Ysidro del Faro", 182000, -38.4, -103.2},
    {"0104", "Peñas del Mar", 96000, -37.4, -103.0},
    {"0105", "Bahía Totora", 74000, -38.7, -102.9},
    {"0106", "Caleta Ñire", 21000, -37.1, -102.7},
    {"0201", "Santa Elvira de Yurapé", 520000, -38.6, -101.0},
    {"0202", "Nueva Guayamí", 168000, -38.3, -101.3},
    {"0203", "Ceibal Alto", 92000, -38.9, -100.7},
    {"0204", "El Níspero", 61000, -38.5, -100.4},
    {"0205", "Tres Acequias", 44000, -39.1, -101.2},
    {"0206", "Río Güeco", 27000, -38.2, -100.6},
    {"0301", "Tolumbá", 285000, -37.1, -99.3},
    {"0302", "Chirimoyal", 120000, -37.3, -99.0},
    {"0303", "San Blas de Ocoté", 56000, -36.8, -99.5},
    {"0304", "Páramo Hondo", 38000, -36.6, -99.1},
    {"0305", "Quebrada Ñandú", 24000, -37.5, -98.7},
    {"0306", "Los Alerces Viejos", 17000, -36.4, -98.8},
    {"0401", "Maracuí", 340000, -40.2, -99.5},
    {"0402", "Hato Bermejo", 88000, -40.5, -99.1},
    {"0403", "Palmar del Sauce", 64000, -39.9, -99.9},
    {"0404", "Itañaré", 47000, -40.8, -99.6},
    {"0405", "Boca de Caimán", 31000, -40.3, -98.6},
    {"0406", "La Guásima", 19000, -39.7, -99.0},
    {"0501", "Ichuma", 410000, -38.5, -97.3},
    {"0502", "Calasuyo", 69000, -38.8, -97.0},
    {"0503", "Salar Blanco", 52000, -38.1, -96.9},
    {"0504", "Tambo Quemado Alto", 45000, -38.7, -97.7},
    {"0505", "Pucará del Viento", 33000, -39.2, -97.2},
    {"0506", "Huincayoc", 22000, -37.9, -97.5},
    {"0601", "Puerto Trébol", 150000, -41.2, -103.7},
    {"0602", "Isla Morena", 41000, -41.4, -103.2},
    {"0603", "São Telmo", 36000, -41.0, -104.1},
    {"0604", "Ensenada Azul", 28000, -41.5, -103.9},
    {"0605", "Fort-Mélisse", 25000, -40.8, -103.3},
    {"0606", "Bajo Coral", 12000, -41.7, -103.5},
};

/* Knots of the country's planned Rt: growth, measures, their relaxing, a second wave, and a rise in the last weeks. */
static const struct {
    int day;
    double rt;
} rt_knots[] = {
    {0, 1.80},   {24, 1.70},  {46, 0.82},  {80, 0.88},  {112, 1.14}, {140, 1.26},
    {166, 1.05}, {188, 0.84}, {212, 0.94}, {230, 1.20}, {260, 1.25},
};
/* Measures and waves reach the provinces on different days. */
static const int province_lag_days[VG_EXAMPLE_PROVINCES] = {0, 5, 11, 4, 14, 8};

static void place_from_seat(const struct seat *seat, double scale, struct vg_example_place *place)
{
    *place = (struct vg_example_place){.code = seat->code,
                                       .name = seat->name,
                                       .population = round(seat->population * scale),
                                       .latitude = seat->latitude,
                                       .longitude = seat->longitude};
}

static double distance_km(const struct vg_example_place *a, const struct vg_example_place *b)
{
    const double km_per_degree = 111.2, radians = 3.14159265358979323846 / 180;
    double north = (a->latitude - b->latitude) * km_per_degree;
    double east = (a->longitude - b->longitude) * km_per_degree * cos(radians * 0.5 * (a->latitude + b->latitude));
    return sqrt(north * north + east * east);
}

/* Symmetric flows scaled so that the place which meets most strangers spends 12 % of its contacts away. */
static void make_flows(struct vg_example *example)
{
    const size_t n = VG_EXAMPLE_MUNICIPALITIES;
    double largest_share = 0;
    for (size_t i = 0; i < n; i++) {
        double away = 0;
        for (size_t j = 0; j < n; j++) {
            double ratio = distance_km(&example->municipalities[i], &example->municipalities[j]) / 60;
            double pull =
                i == j ? 0
                       : example->municipalities[i].population * example->municipalities[j].population / (1 + ratio * ratio);
            example->flow[i * n + j] = pull;
            away += pull;
        }
        largest_share = fmax(largest_share, away / example->municipalities[i].population);
    }
    for (size_t i = 0; i < n; i++) {
        double home = example->municipalities[i].population;
        for (size_t j = 0; j < n; j++) {
            example->flow[i * n + j] *= 0.12 / largest_share;
            home -= example->flow[i * n + j];
        }
        example->flow[i * n + i] = home;
    }
}

/* Cori et al. 2013, web appendix 11: a gamma time shifted by one day, brought to whole days by linear interpolation. */
static void make_generation(struct vg_example *example)
{
    double mean = VG_EXAMPLE_GENERATION_MEAN_DAYS - 1, sd = VG_EXAMPLE_GENERATION_SD_DAYS;
    double shape = mean * mean / (sd * sd), scale = sd * sd / mean, total = 0;
    for (int s = 0; s < VG_EXAMPLE_GENERATION_DAYS; s++) {
        double share = 0;
        for (int step = -1; step <= 1 && s > 0;
             step++) { /* second difference of x F(x; shape) - mean F(x; shape + 1) at s - 1 */
            double x = s - 1 + step, weight = step == 0 ? -2 : 1;
            if (x > 0)
                share += weight * (x * vg_gamma_cdf(x, shape, scale) - mean * vg_gamma_cdf(x, shape + 1, scale));
        }
        example->generation[s] = fmax(share, 0);
        total += example->generation[s];
    }
    for (int s = 0; s < VG_EXAMPLE_GENERATION_DAYS; s++)
        example->generation[s] /= total;
}

void vg_example_world_init(struct vg_example *example)
{
    double scale = example->options.scale;
    for (size_t p = 0; p < VG_EXAMPLE_PROVINCES; p++)
        place_from_seat(&province_seats[p], scale, &example->provinces[p]);
    for (size_t m = 0; m < VG_EXAMPLE_MUNICIPALITIES; m++) {
        const struct seat *seat = &municipality_seats[m];
        size_t province = (size_t)(seat->code[1] - '1');
        place_from_seat(seat, scale, &example->municipalities[m]);
        example->province_of[m] = (uint16_t)province;
        example->provinces[province].population += example->municipalities[m].population;
    }
    make_flows(example);
    make_generation(example);
    example->silent_municipality = 1; /* Villa Arrayán */
    example->silent_from = example->end - 11;
    example->batch_province = 2; /* Sierra Tolumbá */
    example->batch_day = example->end - 58;
    while (vg_date_weekday(example->batch_day) != 3) /* a Wednesday */
        example->batch_day++;
}

/* The people of a place are a little more or less cautious than the country's mean; that mean is kept. */
void vg_example_draw_habits(const struct vg_example *example, double habits[VG_EXAMPLE_MUNICIPALITIES])
{
    double sum = 0, people = 0;
    for (size_t m = 0; m < VG_EXAMPLE_MUNICIPALITIES; m++) {
        struct vg_random random = vg_random_stream(example->options.seed, (uint32_t)m, 0, PURPOSE_PLACE);
        habits[m] = 0.03 * fmin(fmax(vg_random_normal(&random), -2.5), 2.5);
        sum += habits[m] * example->municipalities[m].population;
        people += example->municipalities[m].population;
    }
    for (size_t m = 0; m < VG_EXAMPLE_MUNICIPALITIES; m++)
        habits[m] -= sum / people;
}

double vg_example_planned_rt(const struct vg_example *example, size_t municipality, double habit, int day)
{
    const size_t n_knots = sizeof(rt_knots) / sizeof(rt_knots[0]);
    int local = day - province_lag_days[example->province_of[municipality]];
    size_t k = 1;
    if (local < 0)
        local = 0;
    while (k < n_knots - 1 && local > rt_knots[k].day)
        k++;
    double part = (double)(local - rt_knots[k - 1].day) / (rt_knots[k].day - rt_knots[k - 1].day);
    double smooth = 0.5 - 0.5 * cos(3.14159265358979323846 * part);
    return exp(log(rt_knots[k - 1].rt) * (1 - smooth) + log(rt_knots[k].rt) * smooth + habit);
}

double vg_control_example_ascertainment(int day)
{
    return 0.28 + 0.20 / (1 + exp(-(day - 80) / 15.0)); /* laboratories are added around day 80 */
}

bool vg_control_example_holiday(int32_t date)
{
    static const uint8_t fixed[][2] = {{1, 1},  {2, 3},   {3, 19}, {5, 1},  {6, 24}, {8, 6},
                                       {9, 15}, {10, 12}, {11, 2}, {12, 8}, {12, 25}};
    int year, month, day;
    vg_date_to_civil(date, &year, &month, &day);
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        if (fixed[i][0] == month && fixed[i][1] == day)
            return true;
    return false;
}

double vg_example_hospital_share(int age_years)
{
    return fmin(0.012 * exp(0.042 * age_years), 0.5);
}

double vg_example_intensive_share(int age_years)
{
    double distance = (age_years - 66) / 25.0;
    return 0.06 + 0.20 * exp(-distance * distance);
}

double vg_example_fatal_share(int age_years)
{
    return fmin(0.015 * exp(0.042 * age_years), 0.55);
}

int vg_example_draw_age(struct vg_random *random)
{
    /* Persons in 1,000 by ten years, a young country with some old people. */
    static const uint16_t people[10] = {148, 158, 172, 158, 132, 104, 71, 38, 15, 4};
    uint32_t ticket = vg_random_below(random, 1000);
    uint32_t decade = 0;
    while (ticket >= people[decade])
        ticket -= people[decade++];
    return (int)(decade * 10 + vg_random_below(random, 10));
}

double vg_example_incubation_share(int days)
{
    double mean = VG_EXAMPLE_INCUBATION_MEAN_DAYS, sd = VG_EXAMPLE_INCUBATION_SD_DAYS;
    double shape = mean * mean / (sd * sd), scale = sd * sd / mean;
    return vg_gamma_cdf(days + 0.5, shape, scale) - (days > 0 ? vg_gamma_cdf(days - 0.5, shape, scale) : 0);
}

void vg_example_case_id(size_t number, char out[VG_EXAMPLE_ID_BYTES])
{
    snprintf(out, VG_EXAMPLE_ID_BYTES, "VM%07zu", number + 1);
}
