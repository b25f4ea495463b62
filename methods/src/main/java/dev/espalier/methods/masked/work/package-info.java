/** What workers of such methods share: units as masks have them, and losses under a mask. */
package dev.espalier.methods.masked.work;
