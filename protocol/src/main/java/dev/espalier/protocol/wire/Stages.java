package dev.espalier.protocol.wire;

import dev.espalier.protocol.Stage;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A stage in two fields: a number, as it was when there were five, so that their bytes stay what they were; and a word for
 * any other, which is empty beside a number.
 */
final class Stages {
    private Stages() {}

    static Wire.Stage number(Stage stage) {
        return Wire.Stage.forNumber(Stage.USUAL.indexOf(stage) + 1);
    }

    static String word(Stage stage) {
        return Stage.USUAL.contains(stage) ? "" : stage.word();
    }

    static Stage read(Wire.Stage number, String word) {
        if (number == Wire.Stage.STAGE_UNSPECIFIED) {
            return Stage.written(word);
        } else if (number == Wire.Stage.UNRECOGNIZED) {
            throw new IllegalArgumentException("unknown stage " + number);
        }
        return Stage.USUAL.get(number.getNumber() - 1);
    }

    static List<Wire.Stage> numbers(List<Stage> stages) {
        return stages.stream().map(Stages::number).toList();
    }

    /** None if the numbers tell all. */
    static List<String> words(List<Stage> stages) {
        return Stage.USUAL.containsAll(stages)
                ? List.of()
                : stages.stream().map(Stages::word).toList();
    }

    static List<Stage> read(List<Wire.Stage> numbers, List<String> words) {
        if (!words.isEmpty() && words.size() != numbers.size()) {
            throw new IllegalArgumentException(numbers.size() + " stages with " + words.size() + " words");
        }
        return IntStream.range(0, numbers.size())
                .mapToObj(i -> read(numbers.get(i), words.isEmpty() ? "" : words.get(i)))
                .toList();
    }
}
