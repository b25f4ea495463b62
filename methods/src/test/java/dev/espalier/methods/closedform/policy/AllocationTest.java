package dev.espalier.methods.closedform.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.methods.closedform.policy.Allocation.Choice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class AllocationTest {
    @Property(tries = 200)
    void noOtherChoiceThatGivesUpAsMuchIsCheaper(@ForAll long seed) {
        Random random = new Random(seed);
        List<List<Choice>> parts = new ArrayList<>();
        for (int part = 0; part < 1 + random.nextInt(5); part++) {
            List<Choice> choices = new ArrayList<>(List.of(new Choice(0, 0)));
            for (int i = 0; i < random.nextInt(4); i++) {
                choices.add(new Choice(1 + random.nextInt(300), random.nextDouble()));
            }
            parts.add(choices);
        }
        long most = parts.stream()
                .mapToLong(choices ->
                        choices.stream().mapToLong(Choice::parameters).max().orElseThrow())
                .sum();
        long wanted = random.nextLong(most + 1);
        int[] chosen = Allocation.cheapest(parts, wanted);
        Choice sum = sum(parts, chosen);
        assertThat(sum.parameters()).isGreaterThanOrEqualTo(wanted);
        assertThat(sum.cost()).isCloseTo(bruteForce(parts, 0, new int[parts.size()], wanted), within(1e-12));
    }

    private static double bruteForce(List<List<Choice>> parts, int part, int[] chosen, long wanted) {
        if (part == parts.size()) {
            Choice sum = sum(parts, chosen);
            return sum.parameters() >= wanted ? sum.cost() : Double.POSITIVE_INFINITY;
        }
        double least = Double.POSITIVE_INFINITY;
        for (int choice = 0; choice < parts.get(part).size(); choice++) {
            chosen[part] = choice;
            least = Math.min(least, bruteForce(parts, part + 1, chosen, wanted));
        }
        return least;
    }

    private static Choice sum(List<List<Choice>> parts, int[] chosen) {
        return IntStream.range(0, chosen.length)
                .mapToObj(part -> parts.get(part).get(chosen[part]))
                .reduce(new Choice(0, 0), (a, b) -> new Choice(a.parameters() + b.parameters(), a.cost() + b.cost()));
    }

    @Example
    void whereOnlyAllThatThereIsSufficesAllGoes() {
        List<List<Choice>> parts = new ArrayList<>();
        for (int part = 0; part < 30; part++) {
            parts.add(List.of(new Choice(0, 0), new Choice(2_654_208, 1)));
        }
        assertThat(Allocation.cheapest(parts, 30L * 2_654_208 - 100_000)).containsOnly(1);
        assertThatThrownBy(() -> Allocation.cheapest(parts, 30L * 2_654_208 + 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Example
    void ofBillionsOfParametersHardlyMoreGoThanAreAskedFor() {
        List<List<Choice>> parts = new ArrayList<>();
        for (int layer = 0; layer < 64; layer++) {
            int of = layer;
            parts.add(IntStream.rangeClosed(0, 172)
                    .mapToObj(step -> new Choice(step * 786_432L, step * step * (1.0 + of)))
                    .toList());
        }
        long wanted = 1_300_000_000;
        long gone = sum(parts, Allocation.cheapest(parts, wanted)).parameters();
        assertThat((double) gone).isBetween(1.0 * wanted, 1.01 * wanted);
    }

    @Example
    void moreThanThereIsCannotGo() {
        assertThatThrownBy(() -> Allocation.cheapest(List.of(List.of(new Choice(0, 0), new Choice(5, 1))), 6))
                .hasMessageContaining("do not give up 6");
    }
}
