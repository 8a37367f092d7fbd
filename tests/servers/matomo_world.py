# SPDX-License-Identifier: Apache-2.0
"""tests/servers/matomo_world.py - the sites and visits that tests/servers/matomo-api tells of, in the shapes of a real Matomo 5.3."""
import bisect
import datetime
import json
import threading
import zoneinfo

COUNTED = ("action", "event", "search", "download", "outlink")
TITLES = ["Home", "He said \"hi\" \\o/ <b>it's</b> bold", "Größe & Farbe", "見積もり 🚀", "Pricing\twith a tab", None]
KINDS = ["action", "action", "event", "action", "search", "action", "download", "action", "outlink"]
DEVICES = [("Desktop", "Unknown", "Generic Desktop", "Windows", "WIN", "10"), ("Smartphone", "Apple", "iPhone 15", "iOS", "IOS", "17.5"),
           ("Tablet", "Samsung", "Galaxy Tab S9", "Android", "AND", "14")]
PLACES = [("Germany", "de", "Berlin", "BE", "Berlin", "52.520000", "13.405000"), ("France", "fr", "Bretagne", "BRE", "Rennes", "48.117300", "-1.677800"),
          ("Unknown", "xx", None, None, None, None, None)]
REFERRERS = [("direct", "Direct Entry", "", None), ("search", "Search Engines", "Bing", "https://www.bing.com/search?q=open+analytics"),
             ("website", "Websites", "blog.example.net", "https://blog.example.net/a?b=1&c=2")]


def utc(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def parse_time(text):
    """Unix seconds of a number or ISO text in UTC."""
    if isinstance(text, (int, float)):
        return int(text)
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=datetime.timezone.utc).timestamp())


class Site:
    def __init__(self, number, settings):
        self.id = number
        self.name = settings.get("name", "Site %d" % number)
        self.zone_name = settings.get("timezone", "UTC")
        self.zone = zoneinfo.ZoneInfo(self.zone_name)
        self.numbers = settings.get("numbers", "numbers")  # "strings": as older PHP and drivers give them
        self.offset_fixed = settings.get("true_timestamps", False)  # a server that tells actions in UTC
        self.keys = []  # (last, id), sorted
        self.visits = []  # in the same order

    def midnight(self, day):
        return int(datetime.datetime.combine(day, datetime.time(), self.zone).timestamp())

    def day_of(self, seconds):
        return datetime.datetime.fromtimestamp(seconds, self.zone).date()

    def wall(self, seconds):
        return datetime.datetime.fromtimestamp(seconds, self.zone)

    def shift(self, seconds):
        return 0 if self.offset_fixed else int(self.wall(seconds).utcoffset().total_seconds())

    def put(self, visit):
        key = (visit.last, visit.id)
        at = bisect.bisect_left(self.keys, key)
        self.keys.insert(at, key)
        self.visits.insert(at, visit)

    def take(self, visit):
        at = bisect.bisect_left(self.keys, (visit.last, visit.id))
        del self.keys[at], self.visits[at]

    def between(self, low, high):
        """Visits with low <= last <= high, ascending."""
        return self.visits[bisect.bisect_left(self.keys, (low, -1)):bisect.bisect_left(self.keys, (high + 1, -1))]


class Visit:
    def __init__(self, number, site, last, actions, step=20):
        self.id, self.site, self.last, self.step = number, site, last, step
        self.times = [last - step * (actions - 1 - i) for i in range(actions)]
        self.set, self.action_set = {}, {}  # what a scenario puts over the made values
        self.raw = None
        self.texts = {}  # columns → bytes, kept until the visit changes

    def grow(self, count, last):
        self.times += [last - self.step * (count - 1 - i) for i in range(count)]
        self.last, self.texts = max(self.last, last), {}

    def action(self, index):
        at, kind = self.times[index], KINDS[(self.id + index) % len(KINDS)]
        wall = self.site.wall(at)
        page = "https://www.example.org/page/%d" % ((self.id * 7 + index) % 97)
        title = TITLES[(self.id + index) % len(TITLES)]
        shown = {"type": kind, "url": page, "pageTitle": title if kind == "action" else None, "pageIdAction": 24 + index, "idpageview": "%06x" % (self.id * 31 + index & 0xffffff),
                 "serverTimePretty": wall.strftime("%b %-d, %Y %H:%M:%S"), "pageId": self.id * 1000 + index}
        if kind == "event":
            shown.update(eventCategory="Video", eventAction="play", eventName="Intro é", eventValue=12.5 if index % 2 else 3)
            title = "Event"
        elif kind == "search":
            shown.update(url=None, pageIdAction=None, siteSearchKeyword="müller & söhne", siteSearchCategory="", siteSearchCount=0)
            title = "Site Search"
        elif kind == "action":
            shown.update(pageLoadTime="1.06s", timeSpent=self.step if index + 1 < len(self.times) else 0, timeSpentPretty="%ds" % self.step, pageLoadTimeMilliseconds=1064)
        else:
            title = kind.capitalize()
        shown.update(pageviewPosition=index + 1, title=title, subtitle=page, icon="plugins/Morpheus/images/%s.png" % kind, iconSVG="plugins/Morpheus/images/%s.svg" % kind,
                     timestamp=at + self.site.shift(at), dimension3="shop" if index % 2 else None, dimension4=None)
        shown.update(self.action_set.get(str(index), {}))
        return shown

    def shape(self, most, with_actions=True):
        site, first, last = self.site, self.times[0], self.last
        device, place, referrer = DEVICES[self.id % 3], PLACES[self.id // 3 % 3], REFERRERS[self.id // 9 % 3]
        actions = [self.action(i) for i in range(min(len(self.times), most))]
        counted = len(self.times)
        hexes = "%016x" % (self.id * 0x9E3779B97F4A7C15 & 0xffffffffffffffff)
        icon = "plugins/Morpheus/icons/dist/"
        visit = {
            "idSite": site.id, "idVisit": self.id, "visitIp": "198.18.%d.%d" % (self.id // 250 % 250, self.id % 250), "visitorId": hexes, "fingerprint": hexes[::-1],
            "actionDetails": actions if with_actions else [], "goalConversions": 0, "siteCurrency": "USD", "siteCurrencySymbol": "$",
            "serverDate": utc(last).strftime("%Y-%m-%d"), "visitServerHour": str(utc(last).hour), "lastActionTimestamp": last,
            "lastActionDateTime": utc(last).strftime("%Y-%m-%d %H:%M:%S"), "siteName": site.name, "serverTimestamp": last, "firstActionTimestamp": first,
            "serverTimePretty": site.wall(last).strftime("%H:%M:%S"), "serverDatePretty": site.wall(last).strftime("%A, %B %-d, %Y"),
            "serverDatePrettyFirstAction": site.wall(first).strftime("%A, %B %-d, %Y"), "serverTimePrettyFirstAction": site.wall(first).strftime("%H:%M:%S"),
            "userId": "user%d@example.org" % (self.id % 1000) if self.id % 3 == 0 else None, "visitorType": "new" if self.id % 2 else "returning", "visitorTypeIcon": None,
            "visitConverted": 0, "visitConvertedIcon": None, "visitCount": 1 + self.id % 4, "visitEcommerceStatus": "none", "visitEcommerceStatusIcon": None,
            "daysSinceFirstVisit": self.id % 40, "secondsSinceFirstVisit": self.id % 40 * 86400, "daysSinceLastEcommerceOrder": 0, "secondsSinceLastEcommerceOrder": None,
            "visitDuration": last - first, "visitDurationPretty": "%ds" % (last - first), "searches": 0, "actions": counted, "interactions": counted,
            "referrerType": referrer[0], "referrerTypeName": referrer[1], "referrerName": referrer[2], "referrerKeyword": "", "referrerKeywordPosition": None,
            "referrerUrl": referrer[3], "referrerSearchEngineUrl": None, "referrerSearchEngineIcon": None, "referrerSocialNetworkUrl": None,
            "referrerSocialNetworkIcon": None, "languageCode": "de-de", "language": "Language code de-de", "deviceType": device[0],
            "deviceTypeIcon": icon + "devices/desktop.png", "deviceBrand": device[1], "deviceModel": device[2], "operatingSystem": device[3] + " " + device[5],
            "operatingSystemName": device[3], "operatingSystemIcon": icon + "os/UNK.png", "operatingSystemCode": device[4], "operatingSystemVersion": device[5],
            "browserFamily": "Blink", "browserFamilyDescription": "Blink (Chrome, Opera)", "browser": "Chrome 126.0", "browserName": "Chrome",
            "browserIcon": icon + "browsers/UNK.png", "browserCode": "CH", "browserVersion": "126.0", "totalEcommerceRevenue": 0, "totalEcommerceConversions": 0,
            "totalEcommerceItems": 0, "totalAbandonedCartsRevenue": 0, "totalAbandonedCarts": 0, "totalAbandonedCartsItems": 0, "events": 0, "continent": "Europe",
            "continentCode": "eur", "country": place[0], "countryCode": place[1], "countryFlag": icon + "flags/xx.png", "region": place[2], "regionCode": place[3],
            "city": place[4], "location": "Berlin, Berlin, Germany", "latitude": place[5], "longitude": place[6],
            "visitLocalTime": utc(first).strftime("%H:%M:%S"), "visitLocalHour": str(utc(first).hour), "daysSinceLastVisit": 0, "secondsSinceLastVisit": 0,
            "resolution": "1536x864", "plugins": "cookie", "pluginsIcons": [{"pluginIcon": False, "pluginName": "cookie"}],
            "dimension1": "free" if self.id % 4 else "plan-a", "dimension2": "2025-01"}
        if counted > most:
            visit["truncatedActionsCount"] = counted - most
        if site.numbers == "strings":
            for key in ("idSite", "idVisit", "actions", "visitDuration", "daysSinceFirstVisit", "visitCount", "searches", "events"):
                visit[key] = str(visit[key])
        visit.update(self.set)
        return visit

    def render(self, most, hidden="", shown="", with_actions=True):
        """The text, without the columns of the list `hidden` and, if there is a list `shown`, with only those."""
        columns = (hidden, shown, with_actions)
        if columns not in self.texts:
            hide, show = hidden.split(","), shown.split(",")
            shape = {} if self.raw else self.shape(most, with_actions)
            kept = {name: value for name, value in shape.items() if name not in hide and (not shown or name in show)}
            self.texts[columns] = self.raw.encode() if self.raw else php_json(kept)
        return self.texts[columns]


def php_json(value):
    """As PHP writes it: slashes escaped, everything beyond ASCII as \\u."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


class World:
    def __init__(self, scenario):
        self.lock = threading.Lock()
        self.sites, self.by_id = {}, {}
        self.next_id = 1
        self.most = scenario.get("max_actions", 500)
        for number, settings in scenario.get("sites", {"1": {}}).items():
            self.sites[int(number)] = Site(int(number), settings)
        for part in scenario.get("generate", []):
            self.generate(**part)
        for part in scenario.get("visits", []):
            self.add(**part)

    def generate(self, site, visits, days=None, start=None, end=None, actions=(5, 3, 4, 7, 1), first_id=None, midnight=False, same_second=0, step=20):
        """`visits` visits on each day of the site, spread evenly over it by their last action; `days` or all from start to end."""
        place, actions = self.sites[site], [actions] if isinstance(actions, int) else list(actions)
        self.next_id = first_id or self.next_id
        if not days:
            first, final = datetime.date.fromisoformat(start), datetime.date.fromisoformat(end or start)
            days = [(first + datetime.timedelta(n)).isoformat() for n in range((final - first).days + 1)]
        for day in map(datetime.date.fromisoformat, days):
            low, high = place.midnight(day), place.midnight(day + datetime.timedelta(1))
            for i in range(visits):
                at = low + (i + 1) * (high - low) // (visits + 1)
                if i < same_second:
                    at = low + 1000
                count = actions[i % len(actions)]
                if midnight and i == 0:
                    at, count = low, 1  # one page, in the first second: the day before has it too
                self.insert(Visit(self.next_id, place, at, count, step))

    def insert(self, visit):
        self.by_id[visit.id] = visit
        visit.site.put(visit)
        self.next_id = max(self.next_id, visit.id + 1)

    def add(self, site, last, actions=1, id=None, step=20, set=None, action_set=None, raw=None):
        """One visit. `set` and `action_set` ({"0": {…}}) go over its members; `raw` is its whole JSON text as it stands."""
        visit = Visit(id or self.next_id, self.sites[site], parse_time(last), actions, step)
        visit.set, visit.action_set, visit.raw = set or {}, action_set or {}, raw
        self.insert(visit)

    def change(self, visit, add_actions=0, last=None, set=None, action_set=None, remove=False):
        """What happens to a visit later: more actions (it moves to its new last action), other values, its removal."""
        found = self.by_id[visit]
        found.site.take(found)
        if remove:
            del self.by_id[visit]
            return
        if add_actions:
            found.grow(add_actions, parse_time(last) if last is not None else found.last + add_actions * found.step)
        found.set.update(set or {})
        for index, members in (action_set or {}).items():
            found.action_set.setdefault(index, {}).update(members)
        found.texts = {}
        found.site.put(found)
