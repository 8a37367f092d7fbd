-- SPDX-License-Identifier: Apache-2.0
-- Tables like Matomo's two large ones, with @actions and @visits rows, the same ones each time.
CREATE TABLE link_visit_action (
    idlink_va BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    idsite INT UNSIGNED NOT NULL,
    idvisitor BINARY(8) NOT NULL,
    idvisit BIGINT UNSIGNED NOT NULL,
    idaction_url_ref INT UNSIGNED DEFAULT 0,
    idaction_name_ref INT UNSIGNED,
    custom_float DOUBLE,
    pageview_position MEDIUMINT UNSIGNED,
    time_spent INT UNSIGNED,
    server_time DATETIME NOT NULL,
    idpageview CHAR(6),
    idaction_name INT UNSIGNED,
    idaction_url INT UNSIGNED,
    time_spent_ref_action INT UNSIGNED,
    INDEX (idvisit)
) ENGINE = InnoDB;

SET @statement = CONCAT('INSERT INTO link_visit_action SELECT seq, 1 + seq % 3, UNHEX(LEFT(MD5(seq DIV 40), 16)), 1 + seq DIV 5, seq % 20000,
    IF(seq % 4, seq % 30000, NULL), IF(seq % 10, NULL, seq / 7), seq % 50, IF(seq % 3, seq % 1800, NULL),
    TIMESTAMP ''2024-01-01 00:00:00'' + INTERVAL seq * 8 SECOND, LEFT(MD5(seq DIV 2), 6), seq % 30000, seq % 20000, seq % 600 FROM seq_1_to_', @actions);
EXECUTE IMMEDIATE @statement;

CREATE TABLE log_visit (
    idvisit BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    idsite INT UNSIGNED NOT NULL,
    idvisitor BINARY(8) NOT NULL,
    visit_last_action_time DATETIME NOT NULL,
    config_id BINARY(8) NOT NULL,
    location_ip VARBINARY(16) NOT NULL,
    user_id VARCHAR(200),
    visit_first_action_time DATETIME NOT NULL,
    visit_goal_buyer TINYINT(1) NOT NULL,
    visit_goal_converted TINYINT(1) NOT NULL,
    visitor_returning TINYINT(1) NOT NULL,
    visitor_seconds_since_first INT UNSIGNED,
    visitor_count_visits INT UNSIGNED NOT NULL,
    visit_entry_idaction_name INT UNSIGNED,
    visit_entry_idaction_url INT UNSIGNED,
    visit_exit_idaction_name INT UNSIGNED,
    visit_exit_idaction_url INT UNSIGNED,
    visit_total_actions INT UNSIGNED NOT NULL,
    visit_total_searches SMALLINT UNSIGNED NOT NULL,
    referer_keyword VARCHAR(255),
    referer_name VARCHAR(255),
    referer_type TINYINT UNSIGNED,
    referer_url VARCHAR(1500),
    location_browser_lang VARCHAR(20) NOT NULL,
    config_browser_name VARCHAR(40) NOT NULL,
    config_browser_version VARCHAR(20) NOT NULL,
    config_device_type TINYINT,
    config_os CHAR(3) NOT NULL,
    visitor_localtime TIME,
    config_resolution VARCHAR(18) NOT NULL,
    config_cookie TINYINT(1) NOT NULL,
    visit_total_time INT UNSIGNED NOT NULL,
    location_city VARCHAR(255),
    location_country CHAR(3) NOT NULL,
    location_latitude DECIMAL(9, 6),
    location_longitude DECIMAL(9, 6)
) ENGINE = InnoDB;

SET @statement = CONCAT('INSERT INTO log_visit SELECT seq, 1 + seq % 3, UNHEX(LEFT(MD5(seq DIV 8), 16)), TIMESTAMP ''2024-01-01 00:00:00'' + INTERVAL seq * 40 SECOND,
    UNHEX(RIGHT(MD5(seq DIV 8), 16)), UNHEX(LEFT(MD5(seq DIV 9), 8)), IF(seq % 3, NULL, CONCAT(''user'', seq % 5000, ''@example.org'')),
    TIMESTAMP ''2024-01-01 00:00:00'' + INTERVAL seq * 40 - 30 SECOND, seq % 20 = 0, seq % 9 = 0, seq % 2, seq % 90000, 1 + seq % 12, seq % 30000,
    seq % 20000, seq % 30000, seq % 20000, 1 + seq % 9, seq % 3, IF(seq % 6, NULL, CONCAT(''Größe & Farbe '', seq % 300)),
    IF(seq % 4, NULL, ''Bing''), 1 + seq % 6, IF(seq % 2, NULL, CONCAT(''https://www.bing.com/search?q=open+analytics&n='', seq)), ''de-de'',
    ''CH'', ''126.0'', seq % 5, ''WIN'', SEC_TO_TIME(seq % 86400), ''1920x1080'', 1, seq % 1800, IF(seq % 5, ''São Paulo'', NULL), ''br'',
    -23.550500 + seq % 100 / 100, -46.633300 FROM seq_1_to_', @visits);
EXECUTE IMMEDIATE @statement;
