/** The compile-time checker against the table of cases that the run-time parser is tested with: the two judge one language. */
import type { Checked } from '../../grammar/checked.ts';
import type { CASES, Case, Employee } from '../grammar/cases.ts';
import { type Equal, expectType } from '../kit/types.ts';

/** What the table says of a case: `accepted`, `refused`, or the sentence. */
type Expected<C extends Case> = C extends { readonly typed: infer Sentence } ? Sentence : C['ok'] extends true ? 'accepted' : 'refused';

/** A space at the end tells the checker that the last word is finished: it then has a sentence for it instead of completions. */
type Verdict<Text extends string> =
  Equal<Checked<`${Text} `, Employee, string>, `${Text} `> extends true ? 'accepted' : Checked<`${Text} `, Employee, string>;

/** `never` when the verdict is the expected one, else what differs. */
type Difference<C extends Case> =
  Expected<C> extends 'refused'
    ? Verdict<C['text']> extends 'accepted'
      ? { readonly text: C['text']; readonly verdict: 'accepted' }
      : never
    : Equal<Verdict<C['text']>, Expected<C>> extends true
      ? never
      : { readonly text: C['text']; readonly verdict: Verdict<C['text']> };

type Differences<All extends readonly Case[]> = { [I in keyof All]: Difference<All[I]> }[number];

expectType<Equal<Differences<typeof CASES>, never>>();
