package dev.espalier.worker.evaluation;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Questions to learn from, and those that are kept out: a tenth, at most 200, which follow from the seed.
 *
 * @param learnt in the order of the first pass
 * @param heldOut the same for every pass
 * @param longest tokens of the longest query with its choice
 * @param cut how many lost their beginning
 */
public record LearntQuestions(List<Question> learnt, List<Question> heldOut, long seed, int longest, int cut) {
    /** Below it a tenth is nothing, and so is what is learnt. */
    public static final int LEAST = 8;

    private static final int MOST_HELD_OUT = 200;
    private static final long PASSES = 1_000_003;

    /**
     * One question.
     *
     * @param texts tokens of the query and a choice, for each choice
     * @param query how many first tokens are not scored, at least one
     * @param gold the right choice, from 0
     */
    public record Question(List<int[]> texts, int query, int gold) {}

    /**
     * @param maxTokens the model's; longer questions lose their beginning
     * @throws UserError if a question cannot be scored, or nothing can be learnt from them
     */
    public static LearntQuestions read(List<Path> files, Tokenizer tokenizer, int maxTokens, long seed) {
        List<Question> all = new ArrayList<>();
        int longest = 0;
        int cut = 0;
        for (Path file : files) {
            Questions questions = Questions.read(file, 0, tokenizer, maxTokens);
            longest = Math.max(longest, questions.longest());
            cut += questions.cut();
            for (int i = 0; i < questions.items().size(); i++) {
                all.add(question(questions.branches().get(i), questions.items().get(i)));
            }
        }
        if (all.size() < LEAST) {
            throw new UserError(
                    "recover.choices: " + all.size() + " questions are too few to learn from, of which some are"
                            + " kept out to measure by: give " + LEAST + " or more");
        }
        if (all.stream().mapToInt(Question::gold).distinct().count() < 2) {
            throw new UserError("recover.choices: the right choice is number "
                    + all.get(0).gold() + " in all questions, so that a model would learn the place and not the"
                    + " answer: mix the choices");
        }
        Collections.shuffle(all, new Random(seed));
        int out = Math.min(MOST_HELD_OUT, Math.max(1, all.size() / 10));
        return new LearntQuestions(
                List.copyOf(all.subList(out, all.size())), List.copyOf(all.subList(0, out)), seed, longest, cut);
    }

    /** What is to be said of questions that the model is too short for: a sentence. */
    public Optional<String> shortened() {
        int of = learnt.size() + heldOut.size();
        return Optional.of("recover.choices: " + cut + " of " + of + " questions lose their beginning, since the model"
                        + " takes no more than " + longest + " tokens: make them shorter, or leave them out")
                .filter(sentence -> cut > 0);
    }

    private static Question question(Branches branches, ChoiceItem item) {
        int stem = branches.stem().length;
        List<int[]> texts = branches.choices().stream()
                .map(choice -> {
                    int[] text = new int[stem + choice.length];
                    System.arraycopy(branches.stem(), 0, text, 0, stem);
                    System.arraycopy(choice, 0, text, stem, choice.length);
                    return text;
                })
                .toList();
        return new Question(texts, stem + branches.given(), item.gold());
    }

    /** Those of a step: a function of its number alone; each pass over the questions has an order of its own. */
    public List<Question> batch(int step, int size) {
        List<Question> batch = new ArrayList<>();
        List<Question> order = List.of();
        long ordered = -1;
        for (long at = (long) step * size; at < ((long) step + 1) * size; at++) {
            long pass = at / learnt.size();
            if (pass != ordered) {
                order = new ArrayList<>(learnt);
                Collections.shuffle(order, new Random(seed + PASSES * pass));
                ordered = pass;
            }
            batch.add(order.get((int) (at % learnt.size())));
        }
        return batch;
    }
}
