package dev.espalier.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCorpusTest {
    private static final List<String> DOMAINS = List.of("stories", "arithmetic", "questions", "lists");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path folder;

    private static final Map<String, String> training = new HashMap<>();
    private static final Map<String, String> heldOut = new HashMap<>();
    private static final List<JsonNode> choices = new ArrayList<>();

    @BeforeAll
    static void writeASmallCorpus() throws IOException {
        DemoCorpus.write(folder, 7, 150, 10);
        for (String domain : DOMAINS) {
            StringBuilder text = new StringBuilder();
            for (String line : Files.readAllLines(folder.resolve("train/" + domain + ".jsonl"))) {
                text.append(JSON.readTree(line).get("text").asText()).append("\n\n");
            }
            training.put(domain, text.toString());
            heldOut.put(domain, Files.readString(folder.resolve("valid/" + domain + ".txt")));
        }
        for (String line : Files.readAllLines(folder.resolve("choices.jsonl"))) {
            choices.add(JSON.readTree(line));
        }
    }

    /** The demo model was trained on this generator's text: whoever changes a byte of it must train the model anew. */
    @Test
    void aSeedGivesTheSameBytesOnEveryMachine() throws Exception {
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        for (String domain : DOMAINS) {
            sha256.update(Files.readAllBytes(folder.resolve("train/" + domain + ".jsonl")));
            sha256.update(Files.readAllBytes(folder.resolve("valid/" + domain + ".txt")));
        }
        sha256.update(Files.readAllBytes(folder.resolve("choices.jsonl")));
        assertThat(HexFormat.of().formatHex(sha256.digest()))
                .isEqualTo("1c03af9c31dcf4c329b3b5099a6e229be8fb17837a5255f1b9f85c7a98fef224");
    }

    @Test
    void theLanguageOfTheMachineDoesNotMatter() {
        List<String> here = DemoCorpus.generate(7, 5, 1).training();
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
        try {
            assertThat(DemoCorpus.generate(7, 5, 1).training()).isEqualTo(here);
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void anotherSeedGivesAnotherText() {
        assertThat(DemoCorpus.generate(8, 1, 1).training())
                .doesNotContainAnyElementsOf(DemoCorpus.generate(7, 1, 1).training());
    }

    @Test
    void noHeldOutPieceWasShownInTraining() {
        for (String domain : DOMAINS) {
            for (String piece : heldOut.get(domain).strip().split("\n\n")) {
                assertThat("\n\n" + training.get(domain)).doesNotContain("\n\n" + piece + "\n\n");
            }
        }
    }

    @Test
    void everyChoiceHasOneRightAnswerThatNoTextGivesAway() {
        assertThat(choices).hasSizeGreaterThan(300);
        for (JsonNode item : choices) {
            List<String> answers = new ArrayList<>();
            item.get("choices").forEach(choice -> answers.add(choice.asText()));
            assertThat(answers).hasSizeBetween(2, 4).doesNotHaveDuplicates();
            String right = item.get("query").asText() + " "
                    + answers.get(item.get("gold").asInt());
            assertThat(training.values()).noneMatch(text -> text.contains(right));
        }
    }

    @Test
    void everySumIsRight() {
        Pattern sum = Pattern.compile("(\\d+) ([-+x/]) (\\d+) = (\\d+)(\\?)?");
        Matcher found = sum.matcher(training.get("arithmetic"));
        int count = 0;
        while (found.find()) {
            if (found.group(5) == null && !precededByOperator(found)) {
                int a = Integer.parseInt(found.group(1));
                int b = Integer.parseInt(found.group(3));
                int right =
                        switch (found.group(2)) {
                            case "+" -> a + b;
                            case "-" -> a - b;
                            case "x" -> a * b;
                            default -> a / b;
                        };
                assertThat(Integer.parseInt(found.group(4))).as(found.group()).isEqualTo(right);
                count++;
            }
        }
        assertThat(count).isGreaterThan(1000);
    }

    @Test
    void aQuestionAboutTheWorldHasOneAnswerEverywhere() {
        Grammar grammar = new Grammar("knowledge.txt");
        List<String> names = new ArrayList<>();
        for (String kind : List.of("town", "person", "creature", "plant")) {
            grammar.rows(kind).forEach(row -> names.add(row.get("name")));
        }
        assertThat(names).hasSize(300).doesNotHaveDuplicates();
        Map<String, String> answers = new HashMap<>();
        Matcher asked =
                Pattern.compile("Q: (.+)\nA: (.+)\\.").matcher(training.get("questions") + heldOut.get("questions"));
        while (asked.find()) {
            String question = asked.group(1);
            if (names.stream().anyMatch(question::contains)) {
                String answer = asked.group(2);
                assertThat(answers.getOrDefault(question, answer)).as(question).isEqualTo(answer);
                answers.put(question, answer);
            }
        }
        assertThat(answers).hasSizeGreaterThan(300);
    }

    @Test
    void proseIsTidy() {
        for (String text : training.values()) {
            assertThat(text).doesNotContain("{", "}", "[", "]", "|", "  ", "null", " .", " ,");
        }
        String stories = training.get("stories");
        assertThat(Pattern.compile("\\b[Aa] [aeiou]").matcher(stories).find()).isFalse();
        assertThat(Pattern.compile("\\b[Aa]n [^aeiouh]").matcher(stories).find())
                .isFalse();
        assertThat(Pattern.compile("[.!?] [a-z]").matcher(stories).find()).isFalse();
    }

    /** The last term of a longer sum: {@code 4 + 7 + 9: ...} has its steps checked instead. */
    private static boolean precededByOperator(Matcher found) {
        int start = found.start();
        return start > 2 && "+-x/".indexOf(training.get("arithmetic").charAt(start - 2)) >= 0;
    }
}
