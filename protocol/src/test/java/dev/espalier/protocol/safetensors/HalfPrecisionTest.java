package dev.espalier.protocol.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;

class HalfPrecisionTest {
    @Example
    void everyBf16SurvivesWideningAndNarrowing() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float wide = HalfPrecision.fromBf16((short) bits);
            if (!Float.isNaN(wide)) {
                assertThat(HalfPrecision.toBf16(wide)).isEqualTo((short) bits);
            }
        }
    }

    @Example
    void everyF16SurvivesWideningAndNarrowing() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float wide = HalfPrecision.fromF16((short) bits);
            if (!Float.isNaN(wide)) {
                assertThat(HalfPrecision.toF16(wide)).isEqualTo((short) bits);
            }
        }
    }

    @Property
    void f16IsANearestValue(@ForAll @FloatRange(min = -65_504, max = 65_504) float value) {
        float rounded = HalfPrecision.fromF16(HalfPrecision.toF16(value));
        double step = Math.max(0x1p-24, Math.ulp(value) * 0x1p13);
        assertThat(Math.abs((double) rounded - value)).isLessThanOrEqualTo(step / 2);
    }

    @Example
    void tiesGoToEven() {
        assertThat(HalfPrecision.toBf16(Float.intBitsToFloat(0x3f80_8000))).isEqualTo((short) 0x3f80);
        assertThat(HalfPrecision.toBf16(Float.intBitsToFloat(0x3f81_8000))).isEqualTo((short) 0x3f82);
        assertThat(HalfPrecision.toF16(1 + 0x1p-11f)).isEqualTo((short) 0x3c00);
        assertThat(HalfPrecision.toF16(1 + 3 * 0x1p-11f)).isEqualTo((short) 0x3c02);
        assertThat(HalfPrecision.toF16(0x1p-25f)).isEqualTo((short) 0);
        assertThat(HalfPrecision.toF16(3 * 0x1p-25f)).isEqualTo((short) 2);
    }

    @Example
    void byChanceANumberGoesUpAsOftenAsItIsNearer() {
        float value = -(1 + 0x1p-9f);
        float[] found = new float[1 << 16];
        for (int noise = 0; noise < found.length; noise++) {
            found[noise] = HalfPrecision.dithered(value, noise | 0x7abc_0000);
        }
        assertThat(found).containsOnly(-1, -(1 + 0x1p-7f));
        double sum = 0;
        for (float number : found) {
            sum += number;
        }
        assertThat(sum / found.length).isEqualTo(value);
        assertThat(HalfPrecision.dithered(0, 0xffff)).isZero();
        assertThat(HalfPrecision.dithered(3.5f, 0xffff)).isEqualTo(3.5f);
    }

    @Example
    void extremesKeepTheirMeaning() {
        assertThat(HalfPrecision.toF16(65_519.99f)).isEqualTo((short) 0x7bff);
        assertThat(HalfPrecision.toF16(65_520)).isEqualTo((short) 0x7c00);
        assertThat(HalfPrecision.toF16(-1e30f)).isEqualTo((short) 0xfc00);
        assertThat(HalfPrecision.toF16(-0f)).isEqualTo((short) 0x8000);
        assertThat(HalfPrecision.fromF16(HalfPrecision.toF16(Float.NaN))).isNaN();
        assertThat(HalfPrecision.toBf16(Float.MAX_VALUE)).isEqualTo((short) 0x7f80);
        assertThat(HalfPrecision.fromBf16(HalfPrecision.toBf16(Float.NEGATIVE_INFINITY)))
                .isEqualTo(Float.NEGATIVE_INFINITY);
        assertThat(HalfPrecision.fromBf16(HalfPrecision.toBf16(Float.intBitsToFloat(0x7f80_0001))))
                .isNaN();
    }
}
