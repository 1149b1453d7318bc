/* Two pictures pulled towards each other by a mesh, and what of either is seen. Included once for each instruction set.
 */

/* A row between two rows of the mesh, in 65536ths: the values of nodes, and where the line to the next one begins and
 * how it rises from pixel to pixel. Values are places in both pictures, x and y, and the last one's share. */
typedef struct {
    int32_t at[NODES], begin[NODES], step[NODES];
} NAME(Nodes);

/* The same for each pixel of the row. */
typedef struct {
    int32_t at[5][WIDEST + 64];
} NAME(Pixels);

TARGET static void NAME(nodes_of)(const float *restrict upper, const float *restrict lower, double share,
                                  int32_t halved, int32_t count, NAME(Nodes) *restrict nodes) {
    double scale = halved ? 32768.0 : 65536.0, more = halved ? 0.5 - 0.25 * 65536.0 : 0.5;
    for (int32_t c = 0; c < count; c++)
        nodes->at[c] = (int32_t)((upper[c] * (1.0 - share) + lower[c] * share) * scale + more);
}

/* `from` says how far from a node the first pixel after it lies, in cells. */
TARGET static void NAME(lines_of)(NAME(Nodes) *restrict nodes, int32_t count, int32_t cell, double from) {
    double each = 1.0 / cell;
    for (int32_t c = 0; c < count - 1; c++) {
        double whole = nodes->at[c + 1] - nodes->at[c];
        nodes->begin[c] = nodes->at[c] + (int32_t)(whole * from);
        nodes->step[c] = (int32_t)(whole * each);
    }
}

/* Draw the lines, some pixels beyond the next node, which overwrites them. */
TARGET static void NAME(pixels_of)(const NAME(Nodes) * nodes, int32_t columns, int32_t cell, int32_t width,
                                   int32_t *row) {
    for (int32_t c = 0; c < columns - 1; c++) {
        int32_t left = c * cell - cell / 2 - (cell & 1), from = most(0, left), step = nodes->step[c];
        if (from >= width) return;
        int32_t at = nodes->begin[c] + (from - left) * step;
#if WIDE
        __m256i rise = _mm256_mullo_epi32(_mm256_set1_epi32(step), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
        __m256i values = _mm256_add_epi32(_mm256_set1_epi32(at), rise), eight = _mm256_set1_epi32(8 * step);
        for (int32_t x = from; x < left + cell; x += 8, values = _mm256_add_epi32(values, eight))
            _mm256_storeu_si256((__m256i *)(row + x), values);
#else
        for (int32_t x = from; x < left + cell; x++, at += step)
            row[x] = at;
#endif
    }
}

#if WIDE
/* Where eight pixels come from: offsets, and the shares of what is right and below, as pairs of words. Where all lie in
 * a row of the picture and near each other, as nearly always, `near` is set, and the same stands for bytes from `base`
 * on. */
typedef struct {
    __m256i offset, across, down;
    __m128i pick, weigh;
    int32_t near, base;
} NAME(Spots);

/* Two halves of a wide vector of small numbers as bytes beside each other: pairs (a, b) of 16 bytes. */
TARGET static inline __m128i NAME(bytes_of)(__m256i pairs) {
    __m128i low = _mm256_castsi256_si128(pairs), high = _mm256_extracti128_si256(pairs, 1);
    const __m128i mask = _mm_setr_epi8(0, 2, 4, 6, 8, 10, 12, 14, -1, -1, -1, -1, -1, -1, -1, -1);
    return _mm_unpacklo_epi64(_mm_shuffle_epi8(low, mask), _mm_shuffle_epi8(high, mask));
}

TARGET static inline NAME(Spots) NAME(spots_of)(const int32_t *xs, const int32_t *ys, int64_t width, int64_t height) {
    const __m256i zero = _mm256_setzero_si256(), hundred = _mm256_set1_epi32(128);
    __m256i x = _mm256_loadu_si256((const __m256i *)xs), y = _mm256_loadu_si256((const __m256i *)ys);
    x = _mm256_min_epi32(_mm256_max_epi32(x, zero), _mm256_set1_epi32((int32_t)(width - 1) << 16));
    y = _mm256_min_epi32(_mm256_max_epi32(y, zero), _mm256_set1_epi32((int32_t)(height - 1) << 16));
    __m256i column = _mm256_min_epi32(_mm256_srli_epi32(x, 16), _mm256_set1_epi32((int32_t)width - 2));
    __m256i row = _mm256_min_epi32(_mm256_srli_epi32(y, 16), _mm256_set1_epi32((int32_t)height - 2));
    __m256i right = _mm256_srli_epi32(_mm256_sub_epi32(x, _mm256_slli_epi32(column, 16)), 9);
    __m256i below = _mm256_srli_epi32(_mm256_sub_epi32(y, _mm256_slli_epi32(row, 16)), 9);
    NAME(Spots) spots;
    spots.across = _mm256_or_si256(_mm256_sub_epi32(hundred, right), _mm256_slli_epi32(right, 16));
    spots.down = _mm256_or_si256(_mm256_sub_epi32(hundred, below), _mm256_slli_epi32(below, 16));
    spots.offset = _mm256_add_epi32(_mm256_mullo_epi32(row, _mm256_set1_epi32((int32_t)width)), column);
    /* From where sixteen bytes hold the first pixel and, if all is well, the others and those right of them. */
    int32_t start = least(_mm256_cvtsi256_si32(column), (int32_t)width - 16), line = _mm256_cvtsi256_si32(row);
    __m256i away = _mm256_sub_epi32(column, _mm256_set1_epi32(start));
    __m256i far = _mm256_or_si256(_mm256_cmpgt_epi32(away, _mm256_set1_epi32(14)), _mm256_cmpgt_epi32(zero, away));
    far = _mm256_or_si256(far, _mm256_xor_si256(row, _mm256_set1_epi32(line)));
    spots.near = start >= 0 && _mm256_testz_si256(far, far);
    spots.base = line * (int32_t)width + start;
    __m256i next = _mm256_add_epi32(away, _mm256_set1_epi32(1));
    spots.pick = NAME(bytes_of)(_mm256_or_si256(away, _mm256_slli_epi32(next, 16)));
    spots.weigh = NAME(bytes_of)(spots.across);
    return spots;
}

/* Two bytes beside each other as two words. */
TARGET static inline __m256i NAME(pair)(__m256i bytes) {
    __m256i left = _mm256_and_si256(bytes, _mm256_set1_epi32(0xff));
    return _mm256_or_si256(left, _mm256_slli_epi32(_mm256_and_si256(bytes, _mm256_set1_epi32(0xff00)), 8));
}

TARGET static inline __m256i NAME(seen)(const uint8_t *plane, int64_t width, const NAME(Spots) * spots) {
    if (spots->near) {
        const __m128i half = _mm_set1_epi8((char)0x80);
        __m128i upper = _mm_loadu_si128((const __m128i *)(plane + spots->base));
        __m128i lower = _mm_loadu_si128((const __m128i *)(plane + spots->base + width));
        /* Less 128 each, as bytes with a sign, which is made up for at the end. */
        upper = _mm_maddubs_epi16(spots->weigh, _mm_shuffle_epi8(_mm_xor_si128(upper, half), spots->pick));
        lower = _mm_maddubs_epi16(spots->weigh, _mm_shuffle_epi8(_mm_xor_si128(lower, half), spots->pick));
        __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_unpacklo_epi16(upper, lower)),
                                               _mm_unpackhi_epi16(upper, lower), 1);
        __m256i sum = _mm256_add_epi32(_mm256_madd_epi16(both, spots->down), _mm256_set1_epi32(8192 + (128 << 14)));
        return _mm256_srli_epi32(sum, 14);
    }
    __m256i upper = _mm256_i32gather_epi32((const int *)plane, spots->offset, 1);
    __m256i lower = _mm256_i32gather_epi32((const int *)(plane + width), spots->offset, 1);
    upper = _mm256_madd_epi16(NAME(pair)(upper), spots->across);
    lower = _mm256_madd_epi16(NAME(pair)(lower), spots->across);
    __m256i both = _mm256_or_si256(upper, _mm256_slli_epi32(lower, 16));
    return _mm256_srli_epi32(_mm256_add_epi32(_mm256_madd_epi16(both, spots->down), _mm256_set1_epi32(8192)), 14);
}

TARGET static inline void NAME(mixed)(__m256i first, __m256i last, const int32_t *shares, uint8_t *target,
                                      int32_t count) {
    __m256i share = _mm256_loadu_si256((const __m256i *)shares);
    share = _mm256_srli_epi32(_mm256_add_epi32(share, _mm256_set1_epi32(32768)), 16);
    __m256i rest = _mm256_sub_epi32(_mm256_set1_epi32(255), share);
    __m256i sum = _mm256_madd_epi16(_mm256_or_si256(first, _mm256_slli_epi32(last, 16)),
                                    _mm256_or_si256(rest, _mm256_slli_epi32(share, 16)));
    sum = _mm256_add_epi32(sum, _mm256_set1_epi32(128));
    sum = _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_srli_epi32(sum, 8)), 8);
    __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    uint64_t bytes = (uint64_t)_mm_cvtsi128_si64(_mm_packus_epi16(words, words));
    if (count >= 8)
        __builtin_memcpy(target, &bytes, 8);
    else
        for (int32_t i = 0; i < count; i++)
            target[i] = (uint8_t)(bytes >> (8 * i));
}

TARGET static void NAME(warp_row)(const Plane *first, const Plane *last, const NAME(Pixels) * pixels, int32_t planes,
                                  uint8_t *const *targets, int32_t count) {
    int64_t width = first ? first->width : last->width, height = first ? first->height : last->height;
    for (int32_t x = 0; x < count; x += 8) {
        NAME(Spots) here = {0}, there = {0};
        if (first) here = NAME(spots_of)(pixels->at[0] + x, pixels->at[1] + x, width, height);
        if (last) there = NAME(spots_of)(pixels->at[2] + x, pixels->at[3] + x, width, height);
        for (int32_t plane = 0; plane < planes; plane++) {
            __m256i one = _mm256_setzero_si256(), other = one;
            if (first) one = NAME(seen)(first[plane].pixels, width, &here);
            if (last) other = NAME(seen)(last[plane].pixels, width, &there);
            NAME(mixed)(first ? one : other, last ? other : one, pixels->at[4] + x, targets[plane] + x, count - x);
        }
    }
}
#else
static inline int32_t NAME(seen)(const Plane *plane, int32_t x, int32_t y) {
    int32_t wide = (int32_t)plane->width, tall = (int32_t)plane->height;
    x = least(most(x, 0), (wide - 1) << 16), y = least(most(y, 0), (tall - 1) << 16);
    int32_t column = least(x >> 16, wide - 2), row = least(y >> 16, tall - 2);
    int32_t right = (x - (column << 16)) >> 9, below = (y - (row << 16)) >> 9;
    const uint8_t *at = plane->pixels + (int64_t)row * wide + column;
    int32_t upper = at[0] * (128 - right) + at[1] * right, lower = at[wide] * (128 - right) + at[wide + 1] * right;
    return (upper * (128 - below) + lower * below + 8192) >> 14;
}

static void NAME(warp_row)(const Plane *first, const Plane *last, const NAME(Pixels) * pixels, int32_t planes,
                           uint8_t *const *targets, int32_t count) {
    for (int32_t plane = 0; plane < planes; plane++)
        for (int32_t x = 0; x < count; x++) {
            int32_t share = (pixels->at[4][x] + 32768) >> 16;
            int32_t here = first ? NAME(seen)(first + plane, pixels->at[0][x], pixels->at[1][x]) : 0;
            int32_t there = last ? NAME(seen)(last + plane, pixels->at[2][x], pixels->at[3][x]) : here;
            targets[plane][x] = (uint8_t)shared_255((first ? here : there) * (255 - share) + there * share);
        }
}
#endif

TARGET static void NAME(warp)(const Mesh *mesh, const Picture *picture, int32_t halved) {
    NAME(Nodes) nodes;
    NAME(Pixels) pixels;
    int32_t cell = mesh->cell >> halved, planes = 1 + halved, columns = mesh->columns;
    const Plane *first = !mesh->from ? 0 : halved ? &mesh->from->u : &mesh->from->y;
    const Plane *last = !mesh->to ? 0 : halved ? &mesh->to->u : &mesh->to->y;
    int32_t width = (int32_t)(picture->width >> halved), height = (int32_t)(picture->height >> halved);
    for (int32_t y = 0; y < height; y++) {
        double at = (y + 0.5) / cell + 0.5;
        int32_t row = (int32_t)at;
        for (int32_t k = 0; k < 5; k++) {
            if (k < 2 ? !first : k < 4 && !last) continue;
            const float *upper = mesh->fields + ((int64_t)k * mesh->rows + row) * columns;
            NAME(nodes_of)(upper, upper + columns, at - row, halved && k < 4, columns, &nodes);
            NAME(lines_of)(&nodes, columns, cell, cell & 1 ? 0.0 : 0.5 / cell);
            NAME(pixels_of)(&nodes, columns, cell, width, pixels.at[k]);
        }
        uint8_t *targets[2] = {(halved ? picture->u : picture->y) + (int64_t)y * width,
                               picture->v + (int64_t)y * width};
        NAME(warp_row)(first, last, &pixels, planes, targets, width);
    }
}
