/** Which keys this member has had since something was begun: what was read from a store meanwhile may be kept of these only. */
import type { KeyAddress, MapHome } from './home.ts';

/** Of all keys where the member is the only one. `stays`: see `MapShare.stays`; left out: all there are now. */
export function staying({ share }: MapHome, stays = share?.stays('all')): (at: Pick<KeyAddress, 'partition'>) => boolean {
  if (share === undefined || stays === undefined) return () => true;
  return ({ partition }) => {
    const stay = stays.get(partition);
    return stay !== undefined && stay === share.stayOf(partition);
  };
}
