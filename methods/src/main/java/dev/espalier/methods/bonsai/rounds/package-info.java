/** What both sides compute, to the same bits: which units are tried, which masks are drawn, which units go. */
package dev.espalier.methods.bonsai.rounds;
