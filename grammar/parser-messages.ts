/** What chevrotain says when a rule fails: the words given at the place (`ERR_MSG`), and nothing around them. */
import { defaultParserErrorProvider, type IParserErrorMessageProvider } from 'chevrotain';

/** The word at hand neither joins conditions nor begins one: the place to say what would is `ConditionStack.expected`. */
export const NO_CONDITION = 'a condition';

export const parserMessages: IParserErrorMessageProvider = {
  ...defaultParserErrorProvider,
  buildNoViableAltMessage: ({ customUserDescription }) => customUserDescription ?? NO_CONDITION,
  buildEarlyExitMessage: ({ customUserDescription }) => customUserDescription ?? 'a value',
  buildMismatchTokenMessage: ({ expected }) => `${expected.name.toUpperCase()}`,
};
