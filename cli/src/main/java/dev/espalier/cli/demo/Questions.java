package dev.espalier.cli.demo;

/** Facts and questions: half of them about the invented world, half about a passage that stands before them. */
final class Questions implements Domain {
    private final WorldQuestions world;
    private final PassageQuestions passages;

    Questions(Grammar grammar) {
        world = new WorldQuestions(grammar);
        passages = new PassageQuestions(grammar);
    }

    @Override
    public String name() {
        return "questions";
    }

    @Override
    public String piece(Dice dice) {
        return dice.chance(60) ? world.piece(dice) : passages.piece(dice);
    }

    @Override
    public Choice choice(Dice dice) {
        return dice.chance(50) ? world.choice(dice) : passages.choice(dice);
    }
}
