package dev.espalier.cli.demo;

/** One kind of text of the corpus. */
interface Domain {
    /** Names the domain's files. */
    String name();

    /** A self-contained text of some hundred characters. */
    String piece(Dice dice);

    /** A text whose continuation follows from it, or from what the domain teaches everywhere. */
    Choice choice(Dice dice);
}
