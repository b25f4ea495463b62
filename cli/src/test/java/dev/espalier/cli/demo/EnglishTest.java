package dev.espalier.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnglishTest {
    private final English english = new English();

    @ParameterizedTest
    @CsvSource({
        "apple,apples",
        "box,boxes",
        "berry,berries",
        "toy,toys",
        "mouse,mice",
        "toy train,toy trains",
        "peach,peaches"
    })
    void pluralsAreRight(String one, String many) {
        assertThat(english.plural(one)).isEqualTo(many);
    }

    @ParameterizedTest
    @CsvSource({
        "walk,walked",
        "bake,baked",
        "carry,carried",
        "play,played",
        "stop,stopped",
        "visit,visited",
        "fix,fixed",
        "go,went"
    })
    void pastTensesAreRight(String base, String past) {
        assertThat(english.past(base)).isEqualTo(past);
    }

    @Test
    void articlesAgreeAndSentencesBeginWithACapital() {
        assertThat(english.prose("a  honest fox met an useful owl. it said, \"a apple for you!\" and left.\na end"))
                .isEqualTo("An honest fox met a useful owl. It said, \"An apple for you!\" and left.\nAn end");
    }

    @Test
    void listsEndWithAnd() {
        assertThat(English.list(List.of("a"))).isEqualTo("a");
        assertThat(English.list(List.of("a", "b", "c"))).isEqualTo("a, b and c");
    }
}
