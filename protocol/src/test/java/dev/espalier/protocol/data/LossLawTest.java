package dev.espalier.protocol.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The authors' own measurements of LLaMA2, and the references that they took from them. */
class LossLawTest {
    private static final double[] MODELS = {6_738_415_616.0, 13_015_864_320.0, 68_976_648_192.0};
    private static final double[] SMALLER = {373_867_520.0, 1_345_423_360.0, 2_701_560_320.0};

    @ParameterizedTest
    @CsvSource({
        "1.7520, 1.6680, 1.4621,   8.633861, 0.028304, -2.798046, 2.1401, 1.9643, 1.8712",
        "0.6216, 0.5791, 0.4890,  14.639733, 0.155074,  0.183698, 0.8694, 0.7459, 0.6883",
        "1.9063, 1.8242, 1.6450,  18.798280, 0.129397,  0.900913, 2.3625, 2.1393, 2.0325",
        "1.4482, 1.3936, 1.2805,  26.593162, 0.175573,  0.948005, 1.7791, 1.6117, 1.5353",
        "1.4844, 1.3945, 1.2118,  58.911028, 0.192512,  0.729171, 2.0470, 1.7590, 1.6297",
        "1.2637, 1.2109, 1.1148, 220.900749, 0.291338,  0.961171, 1.6637, 1.4449, 1.3560",
        "1.9219, 1.8486, 1.6848,  12.433235, 0.108759,  0.861080, 2.3139, 2.1251, 2.0328"
    })
    void goesThroughThreeModelsAndSaysThePublishedReferences(
            double first,
            double second,
            double third,
            double a,
            double b,
            double c,
            double smallest,
            double small,
            double medium) {
        LossLaw law =
                LossLaw.through(MODELS, new double[] {first, second, third}).orElseThrow();
        assertThat(law.a()).isCloseTo(a, within(2e-3 * a));
        assertThat(law.b()).isCloseTo(b, within(1e-4));
        assertThat(law.c()).isCloseTo(c, within(5e-3));
        assertThat(law.at(MODELS[1])).isCloseTo(second, within(1e-9));
        assertThat(law.at(SMALLER[0])).isCloseTo(smallest, within(6e-5));
        assertThat(law.at(SMALLER[1])).isCloseTo(small, within(6e-5));
        assertThat(law.at(SMALLER[2])).isCloseTo(medium, within(6e-5));
    }

    @Test
    void thereIsNoneThroughLossesThatDoNotFallOrFallFasterAndFaster() {
        assertThat(LossLaw.through(MODELS, new double[] {2, 2.1, 1.9})).isEmpty();
        assertThat(LossLaw.through(MODELS, new double[] {2, 1.99, 1.0})).isEmpty();
        assertThat(LossLaw.through(new double[] {1, 1, 2}, new double[] {3, 2, 1}))
                .isEmpty();
    }
}
