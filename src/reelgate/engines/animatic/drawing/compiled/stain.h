/* Colour through a mask into the planes of a sheet in the making. Included as `wide.h` is, with NAME and TARGET. */

/* A 255th of what fits into 16 bits, rounded. */
TARGET static inline uint8_t NAME(portion)(uint16_t product) {
    uint16_t sum = (uint16_t)(product + 128);
    return (uint8_t)((uint16_t)(sum + (sum >> 8)) >> 8);
}

/* Lay inks on a row of pixels. */
TARGET static void NAME(stain_row)(uint8_t *restrict target, const uint8_t *restrict mask, const uint8_t *restrict inks,
                                   int32_t count) {
    for (int32_t i = 0; i < count; i++)
        target[i] = NAME(portion)((uint16_t)(target[i] * (uint8_t)~mask[i] + mask[i] * inks[i]));
}

/* The same through a mask of which much is nothing or all. */
TARGET static void NAME(stain_runs)(uint8_t *restrict target, const uint8_t *restrict mask,
                                    const uint8_t *restrict inks, int32_t count) {
    int32_t i = 0;
    for (; i + RUN <= count; i += RUN) {
        uint64_t parts[RUN / 8];
        __builtin_memcpy(parts, mask + i, RUN);
        if (!(parts[0] | parts[1] | parts[2] | parts[3])) continue;
        if (!~(parts[0] & parts[1] & parts[2] & parts[3]))
            __builtin_memcpy(target + i, inks + i, RUN);
        else
            NAME(stain_row)(target + i, mask + i, inks + i, RUN);
    }
    NAME(stain_row)(target + i, mask + i, inks + i, count - i);
}

/* Cover a row of pixels. */
TARGET static void NAME(cover_row)(uint8_t *restrict target, const uint8_t *restrict mask, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        target[i] = NAME(portion)((uint16_t)(target[i] * (uint8_t)~mask[i] + mask[i] * 255));
}

TARGET static void NAME(halve_rows)(const uint8_t *restrict upper, const uint8_t *restrict lower,
                                    uint8_t *restrict half, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        half[i] = (uint8_t)((upper[2 * i] + upper[2 * i + 1] + lower[2 * i] + lower[2 * i + 1] + 2) >> 2);
}

/* What noise makes of one ink, for a row of pixels: cut, not rounded, as the noise is about a half. */
TARGET static void NAME(dither_row)(uint8_t *restrict out, float ink, const float *restrict noise, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        out[i] = (uint8_t)(int32_t)(ink + noise[i]);
}

TARGET static void NAME(stain)(const Ground *ground, Box box, const uint8_t *mask, const float *inks, int32_t many) {
    int64_t wide = box.right - box.left;
    uint8_t shades[3][STRETCH], half[STRETCH / 2];
    if (!many)
        for (int32_t plane = 0; plane < 3; plane++)
            __builtin_memset(shades[plane], (int32_t)(inks[plane] + 0.5f), (uint64_t)(wide < STRETCH ? wide : STRETCH));
    for (int64_t left = 0; left < wide; left += STRETCH) {
        int32_t count = (int32_t)(wide - left < STRETCH ? wide - left : STRETCH);
        for (int64_t r = 0; r < box.bottom - box.top; r++) {
            const float *ink = inks + r * 3, *grain = ground->noise + (r & (TILE - 1)) * STRETCH;
            const uint8_t *row = mask + r * wide + left;
            int64_t at = (box.top + r) * ground->width + box.left + left;
            if (many) NAME(dither_row)(shades[0], ink[0], grain, count);
            NAME(stain_runs)(ground->y + at, row, shades[0], count);
            if (ground->cover) NAME(cover_row)(ground->cover + at, row, count);
            if (r & 1) continue;
            NAME(halve_rows)(row, row + wide, half, count / 2);
            at = (box.top + r) / 2 * (ground->width / 2) + (box.left + left) / 2;
            grain = ground->noise + (r / 2 & (TILE - 1)) * STRETCH;
            for (int32_t plane = 1; plane < 3; plane++) {
                if (many) NAME(dither_row)(shades[plane], ink[plane], grain, count / 2);
                NAME(stain_runs)(plane == 1 ? ground->u + at : ground->v + at, half, shades[plane], count / 2);
            }
            if (ground->cover) NAME(cover_row)(ground->cover_half + at, half, count / 2);
        }
    }
}

/* Lay a share of an ink over a plane. */
TARGET static void NAME(mix)(uint8_t *target, int64_t stride, const uint8_t *share, int64_t share_stride, int32_t ink,
                             int32_t columns, int32_t rows) {
    uint8_t shades[STRETCH];
    __builtin_memset(shades, ink, STRETCH);
    for (int32_t r = 0; r < rows; r++)
        for (int32_t left = 0; left < columns; left += STRETCH)
            NAME(stain_row)(target + r * stride + left, share + r * share_stride + left, shades,
                            least(STRETCH, columns - left));
}

TARGET static inline uint8_t NAME(sum)(uint8_t one, uint8_t other) {
    uint8_t sum = (uint8_t)(one + other);
    return sum < other ? 255 : sum;
}

/* Add light to a plane, up to 255: of two patterns the lesser, where there are two. */
TARGET static void NAME(shine)(uint8_t *target, int64_t stride, const uint8_t *light, int64_t light_stride,
                               const uint8_t *other, int64_t other_stride, int32_t columns, int32_t rows) {
    for (int32_t r = 0; r < rows; r++) {
        uint8_t *restrict to = target + r * stride;
        const uint8_t *restrict one = light + r * light_stride;
        if (other) {
            const uint8_t *restrict two = other + r * other_stride;
            for (int32_t i = 0; i < columns; i++)
                to[i] = NAME(sum)(to[i], one[i] < two[i] ? one[i] : two[i]);
        } else {
            for (int32_t i = 0; i < columns; i++)
                to[i] = NAME(sum)(to[i], one[i]);
        }
    }
}
