package dev.espalier.worker.recovery;

import ai.djl.ndarray.NDManager;
import dev.espalier.worker.evaluation.LearntQuestions.Question;
import dev.espalier.worker.model.TrainingPass;
import dev.espalier.worker.torch.Torch;
import java.util.List;

/** Questions as tensors: a row for each choice, padded at its end, where causal attention lets nothing see it. */
final class ChoiceRows {
    private ChoiceRows() {}

    static TrainingPass.Choosing of(Torch torch, NDManager scope, List<Question> questions) {
        int rows =
                questions.stream().mapToInt(question -> question.texts().size()).sum();
        int most = questions.stream()
                .mapToInt(question -> question.texts().size())
                .max()
                .orElseThrow();
        int length = questions.stream()
                .flatMap(question -> question.texts().stream())
                .mapToInt(text -> text.length)
                .max()
                .orElseThrow();
        int scored = questions.stream()
                .mapToInt(question -> question.texts().stream()
                        .mapToInt(text -> text.length - question.query())
                        .sum())
                .sum();
        int[] ids = new int[rows * length];
        int[] at = new int[scored];
        int[] labels = new int[scored];
        int[] of = new int[scored];
        int[] absent = new int[questions.size() * most];
        int[] gold = new int[questions.size()];
        int row = 0;
        int next = 0;
        for (int q = 0; q < questions.size(); q++) {
            Question question = questions.get(q);
            gold[q] = question.gold();
            for (int c = 0; c < most; c++) {
                if (c >= question.texts().size()) {
                    absent[q * most + c] = 1;
                    continue;
                }
                int[] text = question.texts().get(c);
                System.arraycopy(text, 0, ids, row * length, text.length);
                for (int i = question.query(); i < text.length; i++) {
                    at[next] = row * length + i - 1;
                    labels[next] = text[i];
                    of[next++] = q * most + c;
                }
                row++;
            }
        }
        return new TrainingPass.Choosing(
                torch.ints(scope, ids, rows, length),
                torch.ints(scope, at, scored),
                torch.ints(scope, labels, scored),
                torch.ints(scope, of, scored),
                torch.ints(scope, absent, questions.size(), most),
                torch.ints(scope, gold, gold.length));
    }
}
