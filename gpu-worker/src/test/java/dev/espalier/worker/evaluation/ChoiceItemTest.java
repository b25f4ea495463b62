package dev.espalier.worker.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChoiceItemTest {
    private static final String GOOD = "{\"query\": \"q\", \"choices\": [\"a\", \"b\"], \"gold\": 1}";

    @TempDir
    private Path folder;

    @Test
    void readsWhatOtherProgramsWrite() throws IOException {
        String halves =
                "{\"gold\": 0, \"query\": \"\\ud83d\", \"choices\": [\"\\ude00\", \"\uD83D\uDE00\"], \"more\": null}";
        assertThat(read("\uFEFF" + GOOD + "\r\n\r\n" + halves + "\r\n"))
                .containsExactly(
                        new ChoiceItem("q", List.of("a", "b"), 1),
                        new ChoiceItem("\uFFFD", List.of("\uFFFD", "\uD83D\uDE00"), 0));
    }

    @Test
    void aFileOfAnotherFormatIsRefusedByItsName() throws IOException {
        for (String name : List.of("x.parquet", "x.txt", "x.json")) {
            Path file = Files.writeString(folder.resolve(name), GOOD);
            assertThatThrownBy(() -> ChoiceItem.read(file, 0))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining(name + ": questions are read from .jsonl files");
        }
    }

    @Test
    void readsNoFurtherThanTheLimit() throws IOException {
        Path file = Files.writeString(folder.resolve("some.jsonl"), GOOD + "\n" + GOOD + "\nthe rest");
        assertThat(ChoiceItem.read(file, 2)).hasSize(2);
        assertThatThrownBy(() -> ChoiceItem.read(file, 3)).hasMessageContaining("line 3 is not valid JSON");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'query': 'q', 'choices': ['a', null], 'gold': 0} | choice 1 is of type null",
                "{'query': 'q', 'choices': [{'text': 'a'}, 'b'], 'gold': 0} | choice 0 is of type object",
                "{'query': 'q', 'choices': ['a', 2], 'gold': 0} | choice 1 is of type number",
                "{'query': 'q', 'choices': {'a': 'b', 'c': 'd'}, 'gold': 0} | choices are of type object",
                "{'query': 'q', 'choices': ['a'], 'gold': 0} | choices are only 1",
                "{'query': null, 'choices': ['a', 'b'], 'gold': 0} | query is of type null",
                "{'choices': ['a', 'b'], 'gold': 0} | query is missing",
                "{'query': 'q', 'choices': ['a', 'b'], 'gold': 2} | gold is 2 of 2 choices",
                "{'query': 'q', 'choices': ['a', 'b'], 'gold': 0.5} | gold is 0.5",
                "{'query': 'q', 'choices': ['a', 'b'], 'gold': '0'} | gold is of type string",
                "{'query': 'q', 'choices': ['a', 'b'], 'gold': 0} {} | not valid JSON",
                "{'query': 'q', 'choices': ['a', 'b'], 'gold': 0} rest | not valid JSON",
                "[] | query is missing",
            })
    void saysWhatIsNoQuestion(String line, String reason) {
        assertThatThrownBy(() -> read(GOOD + "\n\n" + line.replace('\'', '"') + "\n"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("some.jsonl, line 3")
                .hasMessageContaining(reason);
    }

    private List<ChoiceItem> read(String content) throws IOException {
        return ChoiceItem.read(Files.writeString(folder.resolve("some.jsonl"), content), 0);
    }
}
