package dev.espalier.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GrammarTest {
    private final Grammar grammar = new Grammar("words.txt", "stories.txt", "english.txt");
    private final Dice dice = new Dice(1, "test");

    @Test
    void boundNamesStandForWhatTheyAreBoundTo() {
        assertThat(grammar.expand("{hero} saw {hero.him}.", Map.of("hero", "Mia", "hero.him", "her"), dice))
                .isEqualTo("Mia saw her.");
    }

    @Test
    void anExpansionThatIsNamedComesBack() {
        String text = grammar.expand("{fruit=fruit} {fruit}", new HashMap<>(), dice);
        assertThat(text).matches("(\\w+) \\1");
    }

    @Test
    void theColumnsOfARowBelongTogether() {
        Map<String, String> bindings = new HashMap<>();
        assertThat(grammar.expand("{@v=irregular_verb}", bindings, dice)).isEmpty();
        assertThat(bindings.get("v.past")).isEqualTo(grammar.english().past(bindings.get("v.base")));
    }

    @Test
    void bracketsGiveOneAlternativeAndMayBeNested() {
        for (int i = 0; i < 50; i++) {
            assertThat(grammar.expand("[a|b[c|d]|]", new HashMap<>(), dice)).isIn("a", "bc", "bd", "");
        }
    }

    @Test
    void formsOfWordsAreMade() {
        assertThat(grammar.expand("{x.plural} {y.past}", Map.of("x", "music box", "y", "stop"), dice))
                .isEqualTo("music boxes stopped");
    }

    @Test
    void anUnknownNameIsToldWithItsName() {
        assertThatThrownBy(() -> grammar.expand("{nobody}", new HashMap<>(), dice))
                .hasMessageContaining("{nobody}");
    }
}
