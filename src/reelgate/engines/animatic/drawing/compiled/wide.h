/* The wide path: sixteen columns at a time, from the top down, so that a row that was resampled across serves the next.
 *
 * Included by `kernel.c` once for each instruction set, with NAME, TARGET and WIDE (256 bits or 128).
 */

#if defined(__x86_64__)
typedef __m128i NAME(Bytes);
#define Bytes NAME(Bytes)
#if WIDE
typedef __m256i NAME(Words);
#else
typedef struct {
    __m128i low, high;
} NAME(Words);
#endif
#else
typedef uint8x16_t NAME(Bytes);
#define Bytes NAME(Bytes)
typedef struct {
    int16x8_t low, high;
} NAME(Words);
#endif
#define Words NAME(Words)

/* Sixteen columns: where eight and eight of them begin in a row, which bytes each takes, and their shares. */
typedef struct {
    int32_t base[2];
    uint8_t pick[32], weigh[32];
} NAME(Columns);
#define Columns NAME(Columns)

#if defined(__x86_64__) && WIDE
typedef struct {
    __m256i pick, weigh;
} NAME(Held);
#define Held NAME(Held)
TARGET static inline Held NAME(held)(const Columns *columns) {
    return (Held){_mm256_loadu_si256((const __m256i *)columns->pick),
                  _mm256_loadu_si256((const __m256i *)columns->weigh)};
}
/* Words of 128ths, less 128 each. */
TARGET static inline Words NAME(across)(const uint8_t *low, const uint8_t *high, Held held) {
    __m256i bytes = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)low)),
                                            _mm_loadu_si128((const __m128i *)high), 1);
    bytes = _mm256_xor_si256(bytes, _mm256_set1_epi8((char)0x80));
    return _mm256_maddubs_epi16(held.weigh, _mm256_shuffle_epi8(bytes, held.pick));
}
TARGET static inline Bytes NAME(down)(Words upper, Words lower, int32_t weight) {
    __m256i moved = _mm256_mulhrs_epi16(_mm256_sub_epi16(lower, upper), _mm256_set1_epi16((int16_t)weight));
    __m256i sum = _mm256_add_epi16(_mm256_add_epi16(upper, moved), _mm256_set1_epi16(64));
    __m256i words = _mm256_srai_epi16(sum, 7);
    __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    return _mm_xor_si128(bytes, _mm_set1_epi8((char)0x80));
}
TARGET static inline Bytes NAME(blended)(Bytes under, Bytes gap, Bytes over) {
    __m256i product = _mm256_mullo_epi16(_mm256_cvtepu8_epi16(under), _mm256_cvtepu8_epi16(gap));
    __m256i sum = _mm256_add_epi16(product, _mm256_set1_epi16(128));
    sum = _mm256_srli_epi16(_mm256_add_epi16(sum, _mm256_srli_epi16(sum, 8)), 8);
    __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    return _mm_adds_epu8(bytes, over);
}
#elif defined(__x86_64__)
typedef struct {
    __m128i pick[2], weigh[2];
} NAME(Held);
#define Held NAME(Held)
TARGET static inline Held NAME(held)(const Columns *columns) {
    const __m128i *pick = (const __m128i *)columns->pick, *weigh = (const __m128i *)columns->weigh;
    return (Held){{_mm_loadu_si128(pick), _mm_loadu_si128(pick + 1)},
                  {_mm_loadu_si128(weigh), _mm_loadu_si128(weigh + 1)}};
}
TARGET static inline __m128i NAME(across_8)(const uint8_t *row, __m128i pick, __m128i weigh) {
    __m128i bytes = _mm_xor_si128(_mm_loadu_si128((const __m128i *)row), _mm_set1_epi8((char)0x80));
    return _mm_maddubs_epi16(weigh, _mm_shuffle_epi8(bytes, pick));
}
TARGET static inline Words NAME(across)(const uint8_t *low, const uint8_t *high, Held held) {
    return (Words){NAME(across_8)(low, held.pick[0], held.weigh[0]), NAME(across_8)(high, held.pick[1], held.weigh[1])};
}
TARGET static inline __m128i NAME(down_8)(__m128i upper, __m128i lower, __m128i weight) {
    __m128i moved = _mm_mulhrs_epi16(_mm_sub_epi16(lower, upper), weight);
    return _mm_srai_epi16(_mm_add_epi16(_mm_add_epi16(upper, moved), _mm_set1_epi16(64)), 7);
}
TARGET static inline Bytes NAME(down)(Words upper, Words lower, int32_t weight) {
    __m128i factor = _mm_set1_epi16((int16_t)weight);
    __m128i bytes =
        _mm_packs_epi16(NAME(down_8)(upper.low, lower.low, factor), NAME(down_8)(upper.high, lower.high, factor));
    return _mm_xor_si128(bytes, _mm_set1_epi8((char)0x80));
}
TARGET static inline __m128i NAME(blended_8)(__m128i under, __m128i gap) {
    __m128i sum = _mm_add_epi16(_mm_mullo_epi16(under, gap), _mm_set1_epi16(128));
    return _mm_srli_epi16(_mm_add_epi16(sum, _mm_srli_epi16(sum, 8)), 8);
}
TARGET static inline Bytes NAME(blended)(Bytes under, Bytes gap, Bytes over) {
    const __m128i zero = _mm_setzero_si128();
    __m128i low = NAME(blended_8)(_mm_unpacklo_epi8(under, zero), _mm_unpacklo_epi8(gap, zero));
    __m128i high = NAME(blended_8)(_mm_unpackhi_epi8(under, zero), _mm_unpackhi_epi8(gap, zero));
    return _mm_adds_epu8(_mm_packus_epi16(low, high), over);
}
#else
typedef struct {
    uint8x16_t pick[2], weigh[2];
} NAME(Held);
#define Held NAME(Held)
static inline Held NAME(held)(const Columns *columns) {
    return (Held){{vld1q_u8(columns->pick), vld1q_u8(columns->pick + 16)},
                  {vld1q_u8(columns->weigh), vld1q_u8(columns->weigh + 16)}};
}
static inline int16x8_t NAME(across_8)(const uint8_t *row, uint8x16_t pick, uint8x16_t weigh) {
    uint8x16_t bytes = vqtbl1q_u8(vld1q_u8(row), pick);
    uint16x8_t low = vmull_u8(vget_low_u8(bytes), vget_low_u8(weigh));
    uint16x8_t high = vmull_u8(vget_high_u8(bytes), vget_high_u8(weigh));
    return vsubq_s16(vreinterpretq_s16_u16(vpaddq_u16(low, high)), vdupq_n_s16(16384));
}
static inline Words NAME(across)(const uint8_t *low, const uint8_t *high, Held held) {
    return (Words){NAME(across_8)(low, held.pick[0], held.weigh[0]), NAME(across_8)(high, held.pick[1], held.weigh[1])};
}
static inline int8x8_t NAME(down_8)(int16x8_t upper, int16x8_t lower, int16x8_t weight) {
    int16x8_t sum = vaddq_s16(upper, vqrdmulhq_s16(vsubq_s16(lower, upper), weight));
    return vqmovn_s16(vshrq_n_s16(vaddq_s16(sum, vdupq_n_s16(64)), 7));
}
static inline Bytes NAME(down)(Words upper, Words lower, int32_t weight) {
    int16x8_t factor = vdupq_n_s16((int16_t)weight);
    int8x16_t bytes =
        vcombine_s8(NAME(down_8)(upper.low, lower.low, factor), NAME(down_8)(upper.high, lower.high, factor));
    return veorq_u8(vreinterpretq_u8_s8(bytes), vdupq_n_u8(0x80));
}
static inline uint8x8_t NAME(blended_8)(uint8x8_t under, uint8x8_t gap) {
    uint16x8_t sum = vaddq_u16(vmull_u8(under, gap), vdupq_n_u16(128));
    return vshrn_n_u16(vsraq_n_u16(sum, sum, 8), 8);
}
static inline Bytes NAME(blended)(Bytes under, Bytes gap, Bytes over) {
    uint8x16_t bytes = vcombine_u8(NAME(blended_8)(vget_low_u8(under), vget_low_u8(gap)),
                                   NAME(blended_8)(vget_high_u8(under), vget_high_u8(gap)));
    return vqaddq_u8(bytes, over);
}
#endif

TARGET static inline Bytes NAME(load)(const uint8_t *from, int32_t wide) {
    Bytes out;
    uint8_t some[BLOCK] = {0};
    if (wide < BLOCK) {
        for (int32_t i = 0; i < wide; i++)
            some[i] = from[i];
        from = some;
    }
    __builtin_memcpy(&out, from, BLOCK);
    return out;
}

TARGET static inline void NAME(store)(uint8_t *to, Bytes bytes, int32_t wide) {
    uint8_t some[BLOCK];
    if (wide == BLOCK) {
        __builtin_memcpy(to, &bytes, BLOCK);
        return;
    }
    __builtin_memcpy(some, &bytes, BLOCK);
    for (int32_t i = 0; i < wide; i++)
        to[i] = some[i];
}

TARGET static Columns NAME(columns_from)(const Plane *plane, Grid grid, int32_t first, int32_t last) {
    Columns out;
    for (int32_t eight = 0; eight < 2; eight++) {
        int32_t base = placed(grid.x + grid.step * least(first + eight * 8, last), plane->width).index;
        base = least(base, (int32_t)plane->width - BLOCK);
        out.base[eight] = base;
        for (int32_t i = 0; i < 8; i++) {
            Place column = placed(grid.x + grid.step * least(first + eight * 8 + i, last), plane->width);
            uint8_t *pick = out.pick + eight * 16 + i * 2, *weigh = out.weigh + eight * 16 + i * 2;
            pick[0] = (uint8_t)(column.index - base);
            pick[1] = (uint8_t)(column.index - base + 1);
            weigh[0] = (uint8_t)(128 - column.share);
            weigh[1] = (uint8_t)column.share;
        }
    }
    return out;
}

TARGET static void NAME(copy_rows)(const Plane *plane, const Columns *columns, const Place *rows, uint8_t *target,
                                   int64_t stride, int32_t count, int32_t wide) {
    Held held = NAME(held)(columns);
    Words upper = {0}, lower = {0};
    int32_t known = -2;
    for (int32_t r = 0; r < count; r++, target += stride) {
        int32_t row = rows[r].index;
        if (row != known) {
            const uint8_t *at = plane->pixels + row * plane->width;
            upper = row == known + 1 ? lower : NAME(across)(at + columns->base[0], at + columns->base[1], held);
            at += plane->width;
            __builtin_prefetch(at + columns->base[0] + BAND * plane->width);
            __builtin_prefetch(target + BAND * stride, 1);
            lower = NAME(across)(at + columns->base[0], at + columns->base[1], held);
            known = row;
        }
        NAME(store)(target, NAME(down)(upper, lower, weight(rows[r])), wide);
    }
}

TARGET static void NAME(blend_rows)(const Plane *plane, const Columns *columns, const Place *rows, uint8_t *target,
                                    int64_t stride, int32_t count, int32_t wide) {
    Held held = NAME(held)(columns);
    Words upper = {0}, lower = {0}, upper_gap = {0}, lower_gap = {0};
    int32_t known = -2;
    for (int32_t r = 0; r < count; r++, target += stride) {
        int32_t row = rows[r].index;
        if (row != known) {
            const uint8_t *at = plane->pixels + row * plane->width, *gap = plane->hole + row * plane->width;
            if (row == known + 1) {
                upper = lower;
                upper_gap = lower_gap;
            } else {
                upper = NAME(across)(at + columns->base[0], at + columns->base[1], held);
                upper_gap = NAME(across)(gap + columns->base[0], gap + columns->base[1], held);
            }
            at += plane->width;
            gap += plane->width;
            __builtin_prefetch(at + columns->base[0] + BAND * plane->width);
            __builtin_prefetch(gap + columns->base[0] + BAND * plane->width);
            __builtin_prefetch(target + BAND * stride, 1);
            lower = NAME(across)(at + columns->base[0], at + columns->base[1], held);
            lower_gap = NAME(across)(gap + columns->base[0], gap + columns->base[1], held);
            known = row;
        }
        int32_t share = weight(rows[r]);
        Bytes over = NAME(down)(upper, lower, share), gap = NAME(down)(upper_gap, lower_gap, share);
        NAME(store)(target, NAME(blended)(NAME(load)(target, wide), gap, over), wide);
    }
}

/* The same where rows of the picture are rows of the texture. */
TARGET static void NAME(copy_level)(const Plane *plane, const Columns *columns, const Place *rows, uint8_t *target,
                                    int64_t stride, int32_t count, int32_t wide) {
    Held held = NAME(held)(columns);
    for (int32_t r = 0; r < count; r++, target += stride) {
        const uint8_t *at = plane->pixels + rows[r].index * plane->width;
        __builtin_prefetch(at + columns->base[0] + BAND * plane->width);
        __builtin_prefetch(target + BAND * stride, 1);
        Words words = NAME(across)(at + columns->base[0], at + columns->base[1], held);
        NAME(store)(target, NAME(down)(words, words, 0), wide);
    }
}

TARGET static void NAME(blend_level)(const Plane *plane, const Columns *columns, const Place *rows, uint8_t *target,
                                     int64_t stride, int32_t count, int32_t wide) {
    Held held = NAME(held)(columns);
    for (int32_t r = 0; r < count; r++, target += stride) {
        int64_t row = rows[r].index * plane->width;
        const uint8_t *at = plane->pixels + row, *hole = plane->hole + row;
        __builtin_prefetch(at + columns->base[0] + BAND * plane->width);
        __builtin_prefetch(hole + columns->base[0] + BAND * plane->width);
        __builtin_prefetch(target + BAND * stride, 1);
        Words words = NAME(across)(at + columns->base[0], at + columns->base[1], held);
        Words gaps = NAME(across)(hole + columns->base[0], hole + columns->base[1], held);
        Bytes over = NAME(down)(words, words, 0), gap = NAME(down)(gaps, gaps, 0);
        NAME(store)(target, NAME(blended)(NAME(load)(target, wide), gap, over), wide);
    }
}

/* A block of columns and what it shows. */
typedef struct {
    Columns columns;
    Span span;
    int32_t left, wide;
    /* Whether its columns are columns of the texture. */
    int still;
} NAME(Block);
#define Block NAME(Block)

/* Find the blocks of some columns that show anything, and give how many they are. */
TARGET static int32_t NAME(blocks_of)(const Plane *plane, Box box, Grid grid, const int32_t *until, int halved,
                                      Block *blocks) {
    int32_t count = 0, wide;
    for (int32_t c = box.left; c < box.right; c += wide) {
        int32_t place = c / BLOCK;
        wide = least(box.right, (place + 1) * BLOCK) - c;
        int32_t hidden = halved ? (most(until[place * 2], until[place * 2 + 1]) + 1) / 2 : until[place];
        int32_t to = least(box.bottom, hidden);
        if (to <= box.top) continue;
        Span span = {box.top, box.top, to, to};
        if (plane->hole) {
            int32_t first = column_at(grid.x + grid.step * c, plane->width);
            int32_t last = column_at(grid.x + grid.step * (c + wide - 1), plane->width) + 1;
            span = seen_span(span_of(plane->profile, first, last), plane, grid, box.top, to);
            if (span.top >= span.bottom) continue;
        }
        Block *block = blocks + count++;
        block->columns = NAME(columns_from)(plane, grid, c, c + wide - 1);
        block->span = span;
        block->left = c;
        block->wide = wide;
        Place at = placed(grid.x + grid.step * c, plane->width);
        block->still = grid.step == 1.0 && at.share == 0 && at.index + BLOCK <= plane->width && wide == BLOCK;
    }
    return count;
}

/* Tell whether a block shows all rows of a band as they lie in the texture. */
TARGET static inline int NAME(as_it_is)(const Block *block, int32_t top, int32_t bottom) {
    return block->still && block->span.solid <= top && block->span.end >= bottom;
}

/* Copy such blocks of a band, as far as they lie side by side. */
TARGET static void NAME(copy_still)(const Plane *plane, const Block *blocks, int32_t count, const Place *rows,
                                    int32_t top, int32_t bottom, Grid grid, uint8_t *target, int64_t stride) {
    for (int32_t b = 0, next; b < count; b = next) {
        next = b + 1;
        if (!NAME(as_it_is)(blocks + b, top, bottom)) continue;
        int32_t left = blocks[b].left;
        while (next < count && NAME(as_it_is)(blocks + next, top, bottom) &&
               blocks[next].left == left + (next - b) * BLOCK)
            next++;
        const uint8_t *at = plane->pixels + column_at(grid.x + left, plane->width);
        for (int32_t r = top; r < bottom; r++)
            __builtin_memcpy(target + r * stride + left, at + rows[r - top].index * plane->width, (next - b) * BLOCK);
    }
}

/* Lay the rows of a band on one block. */
TARGET static void NAME(lay_block)(const Plane *plane, const Block *block, const Place *rows, int32_t top,
                                   int32_t bottom, uint8_t *target, int64_t stride, int level) {
    Span span = block->span;
    uint8_t *at = target + block->left;
#define PART(first, last, how)                                                                                         \
    do {                                                                                                               \
        int32_t one = most(first, top), count = least(last, bottom) - one;                                             \
        if (count > 0 && level)                                                                                        \
            NAME(how##_level)(plane, &block->columns, rows + one - top, at + one * stride, stride, count,              \
                              block->wide);                                                                            \
        else if (count > 0)                                                                                            \
            NAME(how##_rows)(plane, &block->columns, rows + one - top, at + one * stride, stride, count, block->wide); \
    } while (0)
    PART(span.top, span.solid, blend);
    PART(span.solid, span.end, copy);
    PART(span.end, span.bottom, blend);
#undef PART
}

TARGET static void NAME(lay)(const Plane *plane, uint8_t *target, int64_t stride, Box box, Grid grid,
                             const int32_t *until, int halved) {
    Block blocks[GROUP];
    Place rows[BAND];
    for (int32_t left = box.left, right; left < box.right; left = right) {
        right = least(box.right, (left / BLOCK + GROUP) * BLOCK);
        Box group = {left, box.top, right, box.bottom};
        int32_t count = NAME(blocks_of)(plane, group, grid, until, halved, blocks);
        int32_t from = box.bottom, to = box.top;
        for (int32_t b = 0; b < count; b++) {
            from = least(from, blocks[b].span.top);
            to = most(to, blocks[b].span.bottom);
        }
        for (int32_t top = from; top < to; top += BAND) {
            int32_t bottom = least(to, top + BAND);
            int level = 1;
            for (int32_t r = top; r < bottom; r++) {
                Place row = rows[r - top] = placed(grid.y + grid.step * r, plane->height);
                level &= row.share == 0;
            }
            if (level) NAME(copy_still)(plane, blocks, count, rows, top, bottom, grid, target, stride);
            for (int32_t b = 0; b < count; b++)
                if (blocks[b].span.top < bottom && blocks[b].span.bottom > top &&
                    !(level && NAME(as_it_is)(blocks + b, top, bottom)))
                    NAME(lay_block)(plane, blocks + b, rows, top, bottom, target, stride, level);
        }
    }
}

#undef Block
#undef Bytes
#undef Words
#undef Columns
#undef Held
