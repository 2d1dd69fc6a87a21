import type { Match } from '../tables/match.ts';
import { quoted, VALUE, type MatchExtension } from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';

/** XT_MAX_COMMENT_LEN. */
const MAX_COMMENT = 255;

/** `-m comment`: always true. */
export class CommentMatch implements Match {
  readonly name = 'comment';
  private readonly comment: string;

  constructor(comment: string) {
    this.comment = comment;
  }

  matches(): boolean {
    return true;
  }

  save(): string {
    return ` --comment${quoted(this.comment)}`;
  }

  list(): string {
    return ` /* ${this.comment} */`;
  }
}

export const commentExtension: MatchExtension = {
  name: 'comment',
  options: { comment: VALUE },
  build(given) {
    const comment = given.value('comment');
    if (comment === undefined) throw new ParameterError('comment: option "--comment" must be specified');
    if (comment.length > MAX_COMMENT)
      throw new ParameterError('comment: --comment must be shorter than 256 characters');
    return new CommentMatch(comment);
  },
};
