/* Lays textures on pictures: resampling and blending of 8-bit planes in whole numbers.
 *
 * Every path (scalar, SSE4.1, AVX2, NEON) does the same arithmetic, so that a seed gives the same bytes on every
 * machine; tests/unit holds them against NumPy. No allocation, no library, no state but the path that was chosen when
 * it was loaded: safe for any number of threads. `kernel.py` describes the calls and owns all memory.
 */

#include <stdint.h>

/* A position lies on `index` and the pixel after it, of which it takes `share` 128ths. */
typedef struct {
    int32_t index;
    int32_t share;
} Place;

typedef struct {
    const uint8_t *pixels;
    /* 255 where nothing is painted; NULL for a plane that hides all. */
    const uint8_t *hole;
    int64_t width, height;
    /* Four rows for every 16 columns, see `profile`; NULL where `hole` is. */
    const int32_t *profile;
} Plane;

typedef struct {
    Plane y, u, v;
    /* Pixels around it that are not meant to be seen. */
    int64_t margin;
} Sheet;

typedef struct {
    uint8_t *y, *u, *v;
    int64_t width, height;
} Picture;

/* Where pixels of a picture fall on a texture: texture = origin + step * turned(pixel). */
typedef struct {
    double step, x, y, cos, sin;
} Grid;

typedef struct {
    int32_t left, top, right, bottom;
} Box;

/* Two pictures of one size, or one of them alone, and a mesh over them, five fields of it: where a node comes from in
 * the first, x and y, and in the last, within 16000 pixels, and the last one's share there, 0 to 255. Nodes lie half a
 * cell before the picture's corner and every `cell` pixels from there. */
typedef struct {
    const Sheet *from, *to;
    const float *fields;
    int32_t rows, columns, cell;
} Mesh;

/* The widest that is warped: columns of a mesh, and pixels. */
#define NODES 1024
#define WIDEST 4096

/* What an item lays on a picture: nothing that the kernel knows, a sheet, a share of an ink, or light that is added. */
enum { OTHER, SHEET, WASH, SHINE };

typedef struct {
    int64_t kind;
    /* A sheet, or the first pixel of a share or of light. */
    const void *source;
    Grid grid;
    /* Whether the sheet's margin is seen. */
    int64_t past;
    /* Of the picture, or of one of its planes. */
    Box box;
    int64_t stride;
    /* Of two patterns of light, the lesser is added. */
    const uint8_t *second;
    int64_t second_stride;
    int32_t plane, ink;
} Item;

/* The planes of a sheet in the making; no covers for one that hides all. */
typedef struct {
    uint8_t *y, *u, *v, *cover, *cover_half;
    int64_t width;
    const float *noise;
} Ground;

/* Rows of the noise, and its columns, which are as many pixels as are stained at once. */
#define TILE 256
#define STRETCH 2048
/* Pixels of a mask that are looked at together. */
#define RUN 32

/* Rows, an even number, that washes and light are laid on at once. */
#define STRIPE 16

#define BLOCK 16
/* Blocks that are laid side by side, row by row: what is known of them stays in the nearest cache. */
#define GROUP 80
/* Rows that are laid before the next columns are: few enough for memory to be read ahead along them. */
#define BAND 8
/* The widest step for which eight pixels come from sixteen. */
#define STEP_MAX 1.85

static inline int32_t least(int32_t a, int32_t b) {
    return a < b ? a : b;
}
static inline int32_t most(int32_t a, int32_t b) {
    return a > b ? a : b;
}

static inline int32_t rounded_down(double value) {
    int32_t whole = (int32_t)value;
    return whole - (value < whole);
}

/* Cut a position to 0 to `limit`, rounded down. */
static inline int32_t whole(double value, int32_t limit) {
    return !(value > 0) ? 0 : value >= limit ? limit : (int32_t)value;
}

static inline int32_t whole_up(double value, int32_t limit) {
    int32_t down = whole(value, limit);
    return down < limit && value > down ? down + 1 : down;
}

static inline Place placed(double at, int64_t size) {
    if (!(at > 0)) return (Place){0, 0};
    if (at >= (double)(size - 1)) return (Place){(int32_t)size - 2, 128};
    int32_t index = (int32_t)at, share = (int32_t)((at - index) * 128.0 + 0.5);
    if (share == 128 && index < size - 2) return (Place){index + 1, 0};
    return (Place){index, share};
}

/* The share of a row as a factor in 32768ths. */
static inline int32_t weight(Place row) {
    return row.share >= 128 ? 32767 : row.share << 8;
}

static inline int32_t shared_255(int32_t product) {
    int32_t sum = product + 128;
    return (sum + (sum >> 8)) >> 8;
}

/* One pixel by the same steps as the wide paths, for whatever they do not do. */
static inline int32_t pixel(const uint8_t *pixels, int64_t width, Place column, Place row) {
    const uint8_t *p = pixels + row.index * width + column.index;
    int32_t upper = (p[0] - 128) * (128 - column.share) + (p[1] - 128) * column.share;
    int32_t lower = (p[width] - 128) * (128 - column.share) + (p[width + 1] - 128) * column.share;
    int32_t value = upper + (((lower - upper) * weight(row) + 16384) >> 15);
    value = ((value + 64) >> 7) + 128;
    return value > 255 ? 255 : value;
}

static inline void lay_pixel(const Plane *plane, uint8_t *target, Place column, Place row) {
    int32_t over = pixel(plane->pixels, plane->width, column, row);
    if (plane->hole) over = least(255, shared_255(*target * pixel(plane->hole, plane->width, column, row)) + over);
    *target = (uint8_t)over;
}

static void lay_turned(const Plane *plane, uint8_t *target, int64_t stride, Box box, Grid grid) {
    for (int32_t r = box.top; r < box.bottom; r++)
        for (int32_t c = box.left; c < box.right; c++) {
            Place column = placed(grid.x + grid.step * (grid.cos * c - grid.sin * r), plane->width);
            Place row = placed(grid.y + grid.step * (grid.sin * c + grid.cos * r), plane->height);
            lay_pixel(plane, target + r * stride + c, column, row);
        }
}

/* What some columns of a texture show: nothing above `top` and from `bottom` on, all from `solid` to `end`. */
typedef struct {
    int32_t top, solid, end, bottom;
} Span;

static inline Span span_of(const int32_t *profile, int32_t first, int32_t last) {
    Span span = {INT32_MAX, 0, INT32_MAX, 0};
    for (int32_t block = first / BLOCK; block <= last / BLOCK; block++) {
        const int32_t *rows = profile + block * 4;
        span.top = least(span.top, rows[0]);
        span.solid = most(span.solid, rows[1]);
        span.end = least(span.end, rows[2]);
        span.bottom = most(span.bottom, rows[3]);
    }
    return span;
}

/* The same in rows of a picture that are seen through a grid: a row belongs to what both of its texture rows do. */
static inline Span seen_span(Span span, const Plane *plane, Grid grid, int32_t from, int32_t to) {
    Span seen;
    double inverse = 1.0 / grid.step;
    if (span.top >= span.bottom) return (Span){to, to, to, to};
    seen.top = rounded_down((span.top - 1 - grid.y) * inverse);
    seen.solid = rounded_down((span.solid - grid.y) * inverse) + 1;
    seen.end = rounded_down((span.end - 1 - grid.y) * inverse);
    seen.bottom = rounded_down((span.bottom - grid.y) * inverse) + 2;
    /* Beyond its edges a texture goes on as it ends. */
    if (span.top == 0) seen.top = from;
    if (span.solid == 0) seen.solid = from;
    if (span.end >= plane->height) seen.end = to;
    if (span.bottom >= plane->height) seen.bottom = to;
    seen.top = least(to, most(from, seen.top));
    seen.bottom = least(to, most(seen.top, seen.bottom));
    if (span.solid >= span.end || seen.solid >= seen.end) seen.solid = seen.end = seen.bottom;
    seen.solid = least(seen.bottom, most(seen.top, seen.solid));
    seen.end = least(seen.bottom, most(seen.solid, seen.end));
    return seen;
}

static inline int32_t column_at(double x, int64_t width) {
    return placed(x, width).index;
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define WIDE 0
#define NAME(name) name##_sse
#define TARGET __attribute__((target("sse4.1")))
#include "wide.h"
#include "stain.h"
#undef WIDE
#undef NAME
#undef TARGET

#define WIDE 1
#define NAME(name) name##_avx
#define TARGET __attribute__((target("avx2")))
#include "wide.h"
#include "stain.h"
#include "warp.h"
#undef WIDE
#undef NAME
#undef TARGET

/* What a processor can do, as its leaf 7 says, where the system keeps the registers that it takes. */
static unsigned abilities(unsigned registers) {
    unsigned a, b, c, d, low, high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_AVX)) return 0;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & registers) == registers && __get_cpuid_count(7, 0, &a, &b, &c, &d) ? b : 0;
}

static int has_avx2(void) {
    return !!(abilities(0x06) & bit_AVX2);
}
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#define WIDE 0
#define NAME(name) name##_neon
#define TARGET
#include "wide.h"
#undef NAME
#undef TARGET
#endif

#define NAME(name) name##_plain
#define TARGET
#undef WIDE
#define WIDE 0
#include "stain.h"
#include "warp.h"
#undef NAME
#undef TARGET

/* The digest of the sources it was built from. */
#ifndef SOURCES
#define SOURCES ""
#endif
const char *sources(void) {
    return SOURCES;
}

/* Whether the machine has AVX-512, which others may want to leave alone. */
int has_avx512(void) {
#if defined(__x86_64__)
    return !!(abilities(0xe6) & bit_AVX512F);
#else
    return 0;
#endif
}

/* Which path is taken: 0 scalar, 1 of 128 bits, 2 of 256; -1 for not yet known. Tests choose it. */
static int path = -1;

int choose_path(int wanted) {
#if defined(__x86_64__)
    int best = has_avx2() ? 2 : 1;
#elif defined(__ARM_NEON)
    int best = 1;
#else
    int best = 0;
#endif
    return path = wanted < 0 || wanted > best ? best : wanted;
}

static void lay_scalar(const Plane *plane, uint8_t *target, int64_t stride, Box box, Grid grid, const int32_t *until,
                       int halved) {
    for (int32_t r = box.top; r < box.bottom; r++) {
        Place row = placed(grid.y + grid.step * r, plane->height);
        for (int32_t c = box.left; c < box.right; c++) {
            int32_t block = c / BLOCK;
            int32_t hidden = halved ? (most(until[block * 2], until[block * 2 + 1]) + 1) / 2 : until[block];
            if (r < hidden)
                lay_pixel(plane, target + r * stride + c, placed(grid.x + grid.step * c, plane->width), row);
        }
    }
}

static void lay_plane(const Plane *plane, uint8_t *target, int64_t stride, Box box, Grid grid, const int32_t *until,
                      int halved) {
    if (grid.sin != 0.0) {
        lay_turned(plane, target, stride, box, grid);
        return;
    }
#if defined(__x86_64__)
    if (path == 2 && grid.step <= STEP_MAX) return lay_avx(plane, target, stride, box, grid, until, halved);
    if (path == 1 && grid.step <= STEP_MAX) return lay_sse(plane, target, stride, box, grid, until, halved);
#elif defined(__ARM_NEON)
    if (path == 1 && grid.step <= STEP_MAX) return lay_neon(plane, target, stride, box, grid, until, halved);
#endif
    lay_scalar(plane, target, stride, box, grid, until, halved);
}

/* Find for every 16 columns of a plane: the first row that shows anything, the longest run of rows that hide all
 * (first, and the one after the last), and the row after the last that shows anything. */
void profile(const uint8_t *hole, int64_t width, int64_t height, int32_t *out) {
    for (int64_t x = 0; x < width; x += BLOCK, out += 4) {
        int64_t wide = width - x < BLOCK ? width - x : BLOCK;
        int32_t top = (int32_t)height, bottom = 0, solid = 0, end = 0, run = -1;
        for (int32_t y = 0; y < height; y++) {
            const uint8_t *p = hole + y * width + x;
            uint64_t all = 0, any = ~(uint64_t)0, part;
            if (wide == BLOCK) {
                for (int32_t half = 0; half < BLOCK; half += 8) {
                    __builtin_memcpy(&part, p + half, 8);
                    all |= part;
                    any &= part;
                }
            } else {
                for (int64_t i = 0; i < wide; i++) {
                    all |= p[i];
                    any &= p[i] == 255 ? any : 0;
                }
            }
            if (~any) {
                top = least(top, y);
                bottom = y + 1;
            }
            if (all == 0) {
                if (run < 0) run = y;
            } else if (run >= 0) {
                if (y - run > end - solid) solid = run, end = y;
                run = -1;
            }
        }
        if (run >= 0 && height - run > end - solid) solid = run, end = (int32_t)height;
        out[0] = top, out[1] = solid, out[2] = end, out[3] = bottom;
    }
}

/* Give the part of a picture, even on all sides, that a sheet touches: of its margin nothing, unless that is seen. */
static Box window(const Item *item, const Picture *picture) {
    const Sheet *sheet = item->source;
    Grid grid = item->grid;
    double width = (double)sheet->y.width, height = (double)sheet->y.height;
    double left, top, right, bottom;
    if (grid.sin != 0.0) {
        left = top = 1e9, right = bottom = -1e9;
        for (int corner = 0; corner < 4; corner++) {
            double dx = ((corner & 1 ? width : 0) - grid.x) / grid.step,
                   dy = ((corner & 2 ? height : 0) - grid.y) / grid.step;
            double x = grid.cos * dx + grid.sin * dy, y = grid.cos * dy - grid.sin * dx;
            left = x < left ? x : left, right = x + 2 > right ? x + 2 : right;
            top = y < top ? y : top, bottom = y + 2 > bottom ? y + 2 : bottom;
        }
    } else {
        double low = item->past ? 0 : (double)sheet->margin, edge = item->past ? 1 : 1 + (double)(sheet->margin / 8);
        left = (low - grid.x) / grid.step, right = (width - edge - grid.x) / grid.step + 1;
        top = (low - grid.y) / grid.step, bottom = (height - edge - grid.y) / grid.step + 1;
    }
    int32_t wide = (int32_t)picture->width, tall = (int32_t)picture->height;
    if (grid.sin == 0.0) left = whole_up(left, wide), top = whole_up(top, tall);
    return (Box){whole(left, wide) & ~1, whole(top, tall) & ~1, (whole(right, wide) + 1) & ~1,
                 (whole(bottom, tall) + 1) & ~1};
}

/* The grid of the planes of half the size; both count pixel centres. */
static Grid halved(Grid grid) {
    Grid half = grid;
    half.x = (grid.x + 0.5 * grid.step * (grid.cos - grid.sin) - 0.5) / 2;
    half.y = (grid.y + 0.5 * grid.step * (grid.sin + grid.cos) - 0.5) / 2;
    return half;
}

/* Give the row from which a plane hides some columns, from `first` to `last`, down to its lower edge; INT32_MAX for
 * never. */
static int32_t solid_row(const Plane *plane, Grid grid, int32_t first, int32_t last) {
    Span span = span_of(plane->profile, column_at(grid.x + grid.step * first, plane->width),
                        column_at(grid.x + grid.step * last, plane->width) + 1);
    if (span.solid >= span.end || span.end < plane->height) return INT32_MAX;
    return rounded_down((span.solid - grid.y) / grid.step) + 1;
}

/* Lower the rows from which something hides all that is farther, by what a sheet hides down to the lower edge: where
 * both its light and its colour do, which are painted apart. */
static void hide(const Item *item, const Picture *picture, int32_t *until) {
    const Sheet *sheet = item->source;
    Grid grid = item->grid, half = halved(grid);
    if (grid.sin != 0.0 || item->box.bottom < picture->height) return;
    for (int32_t c = 0; c < picture->width; c += BLOCK) {
        int32_t to = least((int32_t)picture->width, c + BLOCK), row = 0, coarse = 0;
        if (c < item->box.left || to > item->box.right) continue;
        if (sheet->y.hole) {
            row = solid_row(&sheet->y, grid, c, to - 1);
            coarse = solid_row(&sheet->u, half, c / 2, (to - 1) / 2);
            if (row == INT32_MAX || coarse == INT32_MAX) continue;
        }
        until[c / BLOCK] = least(until[c / BLOCK], most(item->box.top, most(row, coarse * 2) + 2));
    }
}

static int64_t blocks_across(const Picture *picture) {
    return (picture->width + 2 * BLOCK - 1) / (2 * BLOCK) * 2;
}

/* Find where items, from back to front, fall on a picture, and what of each is hidden by those before it.
 *
 * `untils` has a row more than there are items, whose last the caller fills: for every 16 columns the row from which on
 * nothing is wanted. Row k + 1 becomes that of item k, and row 0 that of what is behind all of them. */
void plan(Item *items, int64_t count, const Picture *picture, int32_t *untils) {
    int64_t across = blocks_across(picture);
    for (int64_t k = count - 1; k >= 0; k--) {
        int32_t *until = untils + k * across;
        for (int64_t block = 0; block < across; block++)
            until[block] = until[block + across];
        if (items[k].kind != SHEET) continue;
        items[k].box = window(items + k, picture);
        hide(items + k, picture, until);
    }
}

/* Lay a colour through a mask of a box, even on all sides: one ink (Y, U, V), or one for each row, dithered by noise.
 */
void stain(const Ground *ground, int32_t left, int32_t top, int32_t right, int32_t bottom, const uint8_t *mask,
           const float *inks, int32_t many) {
    Box box = {left, top, right, bottom};
#if defined(__x86_64__)
    if (path == 2) return stain_avx(ground, box, mask, inks, many);
    if (path == 1) return stain_sse(ground, box, mask, inks, many);
#endif
    stain_plain(ground, box, mask, inks, many);
}

/* Lay a share (255 for all) of an ink over a plane. */
static void mix(uint8_t *target, int64_t stride, const uint8_t *share, int64_t share_stride, int32_t ink,
                int32_t columns, int32_t rows) {
#if defined(__x86_64__)
    if (path == 2) return mix_avx(target, stride, share, share_stride, ink, columns, rows);
    if (path == 1) return mix_sse(target, stride, share, share_stride, ink, columns, rows);
#endif
    mix_plain(target, stride, share, share_stride, ink, columns, rows);
}

/* Add light to a plane: of two patterns the lesser, where there are two. */
static void shine(uint8_t *target, int64_t stride, const uint8_t *light, int64_t light_stride, const uint8_t *other,
                  int64_t other_stride, int32_t columns, int32_t rows) {
#if defined(__x86_64__)
    if (path == 2) return shine_avx(target, stride, light, light_stride, other, other_stride, columns, rows);
    if (path == 1) return shine_sse(target, stride, light, light_stride, other, other_stride, columns, rows);
#endif
    shine_plain(target, stride, light, light_stride, other, other_stride, columns, rows);
}

static void lay_sheet(const Item *item, const Picture *picture, const int32_t *until) {
    const Sheet *sheet = item->source;
    Box box = item->box, half = {box.left / 2, box.top / 2, box.right / 2, box.bottom / 2};
    if (box.right - box.left < 2 || box.bottom - box.top < 2) return;
    Grid grid = item->grid, coarse = halved(grid);
    lay_plane(&sheet->y, picture->y, picture->width, box, grid, until, 0);
    lay_plane(&sheet->u, picture->u, picture->width / 2, half, coarse, until, 1);
    lay_plane(&sheet->v, picture->v, picture->width / 2, half, coarse, until, 1);
}

/* Lay what of a wash or of light falls on some rows of the picture. */
static void lay_flat(const Item *item, const Picture *picture, int32_t top, int32_t bottom) {
    int32_t half = item->plane != 0;
    int64_t stride = picture->width >> half;
    top = most(item->box.top, top >> half), bottom = least(item->box.bottom, bottom >> half);
    int32_t columns = item->box.right - item->box.left, skipped = top - item->box.top;
    uint8_t *target = half ? (item->plane == 1 ? picture->u : picture->v) : picture->y;
    target += top * stride + item->box.left;
    const uint8_t *source = (const uint8_t *)item->source + skipped * item->stride;
    const uint8_t *second = item->second ? item->second + skipped * item->second_stride : 0;
    if (bottom <= top) return;
    if (item->kind == WASH)
        mix(target, stride, source, item->stride, item->ink, columns, bottom - top);
    else
        shine(target, stride, source, item->stride, second, item->second_stride, columns, bottom - top);
}

/* Lay some of the items that were planned. */
void lay(const Item *items, int64_t first, int64_t last, const Picture *picture, const int32_t *untils) {
    for (int64_t k = first, next; k < last; k = next) {
        next = k + 1;
        if (items[k].kind == SHEET) {
            lay_sheet(items + k, picture, untils + next * blocks_across(picture));
            continue;
        }
        while (next < last && items[next].kind != SHEET)
            next++;
        /* Some rows of all that is flat, while they lie in the nearest cache. */
        for (int32_t top = 0; top < picture->height; top += STRIPE)
            for (int64_t flat = k; flat < next; flat++)
                if (items[flat].kind != OTHER)
                    lay_flat(items + flat, picture, top, least((int32_t)picture->height, top + STRIPE));
    }
}

/* Fill a picture with what lies between two others. Their planes have four bytes behind them that may be read. */
void warp(const Mesh *mesh, const Picture *picture) {
    for (int32_t halved = 0; halved < 2; halved++) {
#if defined(__x86_64__)
        if (path == 2) {
            warp_avx(mesh, picture, halved);
            continue;
        }
#endif
        warp_plain(mesh, picture, halved);
    }
}
